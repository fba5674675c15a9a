using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>What makes a question about a device's readings answerable. What cannot be read is an error, and then the value returned means nothing.</summary>
internal static class TimeSeriesRules
{
    /// <summary>Every sensor.</summary>
    public const string AnySensor = "";

    public static DeviceId ReadDevice(string device, FieldErrors errors)
    {
        errors.Add("device", DeviceId.TryParse(device, out var id) ? null : "A device id is a UUID with hyphens.");
        return id;
    }

    /// <summary>A span of the device's time: its beginning and what comes after its end.</summary>
    public static (long From, long To) ReadRange(string? from, string? to, FieldErrors errors)
    {
        var isRange = ReadTime("from", from, errors, out var begin) & ReadTime("to", to, errors, out var end);
        errors.Add("to", !isRange || begin < end ? null : "'to' is later than 'from': readings from 'from' on are answered, and none of 'to' or later.");
        return (begin, end);
    }

    public static string ReadSensor(string? sensor, FieldErrors errors) => ReadName("sensor", sensor, $"'sensor' is the name of a sensor, of at most {Limits.SensorNameBytesMax} bytes.", errors);

    /// <summary>The sensor that the page before ended with.</summary>
    public static string ReadAfter(string? after, FieldErrors errors) => ReadName("after", after, "'after' is a sensor, the 'next' of the page before.", errors);

    /// <summary>A bucket's width in microseconds, wide enough for a range to have few of them.</summary>
    public static long ReadWidth(string? text, (long From, long To) range, FieldErrors errors)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var width) || width == 0)
        {
            errors.Add("width", "'width' is the length of a bucket in microseconds, 1 or more.");
            return 1;
        }

        if (errors.Any)
        {
            return width;
        }

        var length = range.To - range.From;
        var buckets = ((length - 1) / width) + 1;
        errors.Add("width", buckets <= Limits.BucketsMax ? null
            : $"The range has {buckets} buckets of this width, and at most {Limits.BucketsMax} are answered at once. Ask for a 'width' of {((length - 1) / Limits.BucketsMax) + 1} or more, or for a shorter range.");
        return width;
    }

    private static bool ReadTime(string field, string? text, FieldErrors errors, out long time)
    {
        var isTime = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out time) && Microseconds.IsRepresentable(time);
        errors.Add(field, isTime ? null : $"'{field}' is a time in microseconds since 1970, in the years 1 to 9999.");
        return isTime;
    }

    private static string ReadName(string field, string? text, string error, FieldErrors errors)
    {
        errors.Add(field, text is null || ReadingRules.CheckSensor(text) == ReadingRefusal.None ? null : error);
        return text ?? AnySensor;
    }
}

/// <summary>A place in a device's readings, written <c>RECORDED_AT.EPOCH.NUMBER</c>.</summary>
internal readonly record struct ReadingCursor(long RecordedAt, long Epoch, long Number)
{
    /// <summary>Before every reading of a time.</summary>
    public static ReadingCursor Before(long time) => new(time, 0, 0);

    public static bool TryParse(string? text, out ReadingCursor cursor)
    {
        cursor = default;
        if (text?.Split('.') is not [var time, var stream, var place]
            || !long.TryParse(time, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var recordedAt)
            || !long.TryParse(stream, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)
            || !long.TryParse(place, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        cursor = new ReadingCursor(recordedAt, epoch, number);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RecordedAt}.{Epoch}.{Number}");
}
