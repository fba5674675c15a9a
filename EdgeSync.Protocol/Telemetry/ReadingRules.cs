using System.Text;

namespace EdgeSync.Protocol;

/// <summary>Why a single reading is refused. The rest of its batch goes on.</summary>
public enum ReadingRefusal
{
    /// <summary>It is not refused.</summary>
    None = 0,

    /// <summary>The sensor's name is empty.</summary>
    SensorEmpty = 1,

    /// <summary>The sensor's name is longer than <see cref="Limits.SensorNameBytesMax"/> bytes.</summary>
    SensorTooLong = 2,

    /// <summary>The sensor's name has control characters, or is not valid Unicode.</summary>
    SensorInvalid = 3,

    /// <summary>The time lies outside the years 1 to 9999. A clock that is merely wrong is no reason.</summary>
    TimeUnrepresentable = 4,

    /// <summary>The value is NaN or infinite.</summary>
    ValueNotFinite = 5,

    /// <summary>The payload is longer than <see cref="Limits.PayloadBytesMax"/> bytes.</summary>
    PayloadTooLarge = 6,

    /// <summary>The payload is not JSON (RFC 8259), or nests deeper than <see cref="Limits.PayloadDepthMax"/>.</summary>
    PayloadNotJson = 7,

    /// <summary>There is neither a value nor a payload.</summary>
    Empty = 8,
}

/// <summary>What makes a reading acceptable; the device asks at collection, the control plane again at ingest.</summary>
public static class ReadingRules
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The first rule that the reading breaks, or <see cref="ReadingRefusal.None"/>.</summary>
    public static ReadingRefusal Check(in Reading reading)
    {
        var sensor = CheckSensor(reading.Sensor);
        if (sensor != ReadingRefusal.None)
        {
            return sensor;
        }

        if (!Microseconds.IsRepresentable(reading.RecordedAt))
        {
            return ReadingRefusal.TimeUnrepresentable;
        }

        if (reading.Value is { } value && !double.IsFinite(value))
        {
            return ReadingRefusal.ValueNotFinite;
        }

        return reading.Payload is { } payload ? CheckPayload(payload)
            : reading.Value is null ? ReadingRefusal.Empty
            : ReadingRefusal.None;
    }

    /// <summary>The first rule that a sensor's name breaks, or <see cref="ReadingRefusal.None"/>.</summary>
    public static ReadingRefusal CheckSensor(string? sensor)
    {
        if (string.IsNullOrEmpty(sensor))
        {
            return ReadingRefusal.SensorEmpty;
        }

        return Utf8Bytes(sensor) switch
        {
            null => ReadingRefusal.SensorInvalid,
            > Limits.SensorNameBytesMax => ReadingRefusal.SensorTooLong,
            _ => sensor.Any(char.IsControl) ? ReadingRefusal.SensorInvalid : ReadingRefusal.None,
        };
    }

    private static ReadingRefusal CheckPayload(string payload) => Utf8Bytes(payload) switch
    {
        null => ReadingRefusal.PayloadNotJson,
        > Limits.PayloadBytesMax => ReadingRefusal.PayloadTooLarge,
        _ => JsonText.IsValid(payload, Limits.PayloadDepthMax) ? ReadingRefusal.None : ReadingRefusal.PayloadNotJson,
    };

    private static int? Utf8Bytes(string text)
    {
        try
        {
            return Strict.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }
}
