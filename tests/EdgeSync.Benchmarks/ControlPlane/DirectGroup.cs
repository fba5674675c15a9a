namespace EdgeSync.Benchmarks;

/// <summary>Rows of <c>telemetry_data</c> as columns, in the key's order: what a group commit sends, without the rest of ingest.</summary>
internal sealed class DirectGroup
{
    public const int Rows = 5_000;
    private const int RowsPerDevice = 50;

    public Guid[] Devices { get; } = new Guid[Rows];

    public long[] RecordedAt { get; } = new long[Rows];

    public long[] Epochs { get; } = new long[Rows];

    public long[] Numbers { get; } = new long[Rows];

    public string[] Sensors { get; } = new string[Rows];

    public double?[] Values { get; } = new double?[Rows];

    public string?[] Payloads { get; } = new string?[Rows];

    public string?[] ReplaysOf { get; } = new string?[Rows];

    public long[] ReceivedAt { get; } = new long[Rows];

    /// <summary>Groups of 100 devices with 50 readings each, going round the devices.</summary>
    public static IReadOnlyList<DirectGroup> Many(IReadOnlyList<SampleStream> streams, int count)
    {
        const int DevicesPerGroup = Rows / RowsPerDevice;
        return [.. Enumerable.Range(0, count).Select(group => Of(
            Enumerable.Range(0, DevicesPerGroup).Select(i => streams[(group * DevicesPerGroup + i) % streams.Count]).OrderBy(stream => stream.Device)))];
    }

    private static DirectGroup Of(IEnumerable<SampleStream> streams)
    {
        var group = new DirectGroup();
        var row = 0;
        foreach (var stream in streams)
        {
            for (var i = 0; i < RowsPerDevice; i++, row++)
            {
                var reading = stream.Next();
                group.Devices[row] = stream.Device.Value;
                group.RecordedAt[row] = reading.RecordedAt;
                group.Epochs[row] = stream.Epoch.Value;
                group.Numbers[row] = stream.Last;
                group.Sensors[row] = reading.Sensor;
                group.Values[row] = reading.Value;
                group.ReceivedAt[row] = reading.RecordedAt;
            }
        }

        return group;
    }
}
