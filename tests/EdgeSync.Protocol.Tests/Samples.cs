namespace EdgeSync.Protocol.Tests;

/// <summary>One of every message, with every field filled.</summary>
internal static class Samples
{
    public const long Time = 1_795_500_000_123_456;
    public static readonly DeviceId Device = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    public static readonly Epoch Epoch = new(8_123_372_036_854_775_807);
    public static readonly Boot Boot = new(7, -4_611_686_018_427_387_905);
    public static readonly CommandId Command = CommandId.Parse("0198f3c2-7a10-7d3e-8f00-5b7c1d2e3f40");

    public static readonly Reading[] Readings =
    [
        new("temperature", Time, 21.5),
        new("größe ✓", Time + 1_000, -0.0, """{"unit": "mm",  "raw": [1, 2]}"""),
        new("door", Time - 60_000_000, null, "\"open\""),
        new("temperature", Time + 2_000, 5e-324, null, new EntryName(new Epoch(42), 17)),
    ];

    public static Digest DigestOf(byte fill) => new(Enumerable.Repeat(fill, Digest.Bytes).ToArray());

    /// <summary>Numbers 11 to 19: two readings, a gap of five, two readings; its digests are the chain's own.</summary>
    public static TelemetryBatch Batch()
    {
        var before = DigestChain.Origin(Device, Epoch);
        var builder = new TelemetryBatchBuilder(Epoch, 11, before);
        var digest = before;
        foreach (var (reading, index) in Readings.Select((reading, index) => (reading, index)))
        {
            if (index == 2)
            {
                digest = DigestOf(0xab);
                builder.Add(new Gap(13, 17, GapReason.Retention, digest));
            }

            digest = DigestChain.Next(digest, reading);
            builder.Add(reading, digest);
        }

        return builder.Build(Boot, Time + 5_000);
    }

    public static VersionVector Vector(params string[] writers) => writers.Aggregate(VersionVector.Empty, (vector, writer) => vector.Increment(writer));

    public static ConfigEntry Entry(string? value = "30", string writer = ConfigWriters.Cloud) => new(
        "sampling.interval", Vector(ConfigWriters.Cloud, ConfigWriters.Cloud, ConfigWriters.Device(Epoch)), new HybridTime(Time, 2), writer, 1, value is null ? null : new JsonValue(value));

    public static readonly BatchId Batch1 = new(Guid.Parse("0198f3c2-7a10-7d3e-8f00-5b7c1d2e3f41"));

    public static readonly RolloutId Rollout1 = new(Guid.Parse("0198f3c2-7a10-7d3e-8f00-5b7c1d2e3f42"));

    public static readonly AlertView Alert = new("019de3b5c2806f6e3a52c4c8e9d0a2f1", "device-silent", AlertKind.DeviceSilent, AlertSeverity.Critical, AlertState.Resolved,
        "Nothing has come from pump 1 for 181 s.", 181.5, 120, "s", Time, Device, "pump 1", Time + 1, Time + 2, Time + 3, "on my way");

    public static readonly ConfigHealth Health = new("pump-runs", 60);

    public static readonly ConflictView Conflict = new(
        "00112233445566778899aabbccddeeff", Device, Entry(), Entry("10", ConfigWriters.Device(Epoch)), ConfigRule.Custom, 1, Time, new JsonValue("20"), "safest", "commands-1",
        new ConflictResolution(6, Time + 1, new JsonValue("7"), "the panel was right"));

    public static readonly EnrolmentTokenView EnrolmentToken = new("tok-1", 100, 3, Time, Time + 9, new() { ["site"] = "north" }, Device);
}
