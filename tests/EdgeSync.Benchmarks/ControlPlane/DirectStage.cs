namespace EdgeSync.Benchmarks;

/// <summary>The ceiling: direct writers.</summary>
internal sealed class DirectStage(SystemSettings settings, BenchmarkDatabase database) : IStage
{
    private readonly SampleStream[] _streams = SampleStream.Many(settings.Devices, seed: 1);

    public IEnumerable<Way> Ways =>
    [
        .. new[] { 1, 2 }.Select(writers => Way(WayNames.Copy(writers), (groups, ct) => DirectWriter.CopyAsync(database.Source, groups, writers, ct))),
        .. new[] { 1, 2, 4 }.Select(writers => Way(WayNames.Unnest(writers), (groups, ct) => DirectWriter.InsertAsync(database.Source, groups, writers, ct))),
    ];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Way Way(string name, Func<IReadOnlyList<DirectGroup>, CancellationToken, Task> write) => new(name, _ =>
    {
        var groups = DirectGroup.Many(_streams, Math.Max(1, settings.Readings / DirectGroup.Rows));
        return Task.FromResult(new Work((long)groups.Count * DirectGroup.Rows, () => 0, () => 0, ct => write(groups, ct)));
    });
}
