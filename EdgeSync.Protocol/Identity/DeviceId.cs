namespace EdgeSync.Protocol;

/// <summary>A device's identity: a UUID, chosen at registration and never reused. Written in lower case with hyphens.</summary>
/// <param name="Value">The UUID. The empty UUID names no device.</param>
public readonly record struct DeviceId(Guid Value) : IComparable<DeviceId>
{
    private const string UriPrefix = "urn:edgesync:device:";

    /// <summary>The name in a device certificate's subject alternative name: <c>urn:edgesync:device:</c> and the UUID.</summary>
    public string ToUri() => UriPrefix + ToString();

    /// <summary>Reads the UUID form (<c>D</c>: 32 hexadecimal digits with hyphens); false for anything else and for the empty UUID.</summary>
    public static bool TryParse(string? text, out DeviceId id)
    {
        var parsed = Guid.TryParseExact(text, "D", out var value) && value != Guid.Empty;
        id = parsed ? new DeviceId(value) : default;
        return parsed;
    }

    /// <summary>Reads the URI form that <see cref="ToUri"/> writes; false for anything else.</summary>
    public static bool TryParseUri(string? uri, out DeviceId id)
    {
        id = default;
        return uri is not null
            && uri.StartsWith(UriPrefix, StringComparison.OrdinalIgnoreCase)
            && TryParse(uri[UriPrefix.Length..], out id);
    }

    /// <summary>Reads the UUID form.</summary>
    /// <exception cref="FormatException">The text is not a non-empty UUID.</exception>
    public static DeviceId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new FormatException($"'{text}' is not a device id; a device id is a UUID such as 0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10.");

    /// <inheritdoc/>
    public int CompareTo(DeviceId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");

    /// <summary>Order of the UUIDs.</summary>
    public static bool operator <(DeviceId left, DeviceId right) => left.CompareTo(right) < 0;

    /// <summary>Order of the UUIDs.</summary>
    public static bool operator >(DeviceId left, DeviceId right) => left.CompareTo(right) > 0;

    /// <summary>Order of the UUIDs.</summary>
    public static bool operator <=(DeviceId left, DeviceId right) => left.CompareTo(right) <= 0;

    /// <summary>Order of the UUIDs.</summary>
    public static bool operator >=(DeviceId left, DeviceId right) => left.CompareTo(right) >= 0;
}
