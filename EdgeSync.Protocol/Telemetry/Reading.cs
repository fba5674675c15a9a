using System.Globalization;

namespace EdgeSync.Protocol;

/// <summary>One reading of one sensor: a value, a JSON payload, or both.</summary>
/// <param name="Sensor">The sensor's name, 1 to <see cref="Limits.SensorNameBytesMax"/> bytes of UTF-8, without control characters.</param>
/// <param name="RecordedAt">When, by the device's clock: microseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="Value">A finite number, or null.</param>
/// <param name="Payload">A JSON text of at most <see cref="Limits.PayloadBytesMax"/> bytes, kept byte for byte, or null.</param>
/// <param name="ReplayOf">The refused entry that this reading repeats after a person looked at it, or null.</param>
public readonly record struct Reading(string Sensor, long RecordedAt, double? Value, string? Payload = null, EntryName? ReplayOf = null);

/// <summary>Names an entry of a device: a number in one of its streams. Written <c>EPOCH:NUMBER</c>.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="Number">The number, 1 or more.</param>
public readonly record struct EntryName(Epoch Epoch, long Number)
{
    /// <summary>Reads <c>EPOCH:NUMBER</c>; false for anything else.</summary>
    public static bool TryParse(string? text, out EntryName name)
    {
        name = default;
        var parts = (text ?? "").Split(':');
        if (parts.Length != 2 || !Epoch.TryParse(parts[0], out var epoch) || !Epoch.TryParse(parts[1], out var number))
        {
            return false;
        }

        name = new EntryName(epoch, number.Value);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}:{Number}");
}
