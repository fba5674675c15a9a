using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Columns to the protocol's types.</summary>
internal static class ReaderExtensions
{
    public static Epoch GetEpoch(this Statement.Rows reader, int column) => new(reader.GetInt64(column));

    /// <summary>A digest; one of a wrong length reads as zeros, which no hash equals, so it shows as damaged and not as a failure to read.</summary>
    public static Digest GetDigest(this Statement.Rows reader, int column) =>
        reader.GetBytes(column) is { Length: Digest.Bytes } bytes ? new Digest(bytes) : default;

    public static string? GetText(this Statement.Rows reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>A name that cannot be read is none: the digest then differs, which shows the damage.</summary>
    public static EntryName? GetEntryName(this Statement.Rows reader, int column) => EntryName.TryParse(reader.GetText(column), out var name) ? name : null;

    public static long? GetNumber(this Statement.Rows reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public static double? GetReal(this Statement.Rows reader, int column) => reader.IsDBNull(column) ? null : reader.GetDouble(column);
}
