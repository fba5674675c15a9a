namespace EdgeSync.EdgeSimulator;

/// <summary>Readings by when they were stored: how many, and how long after their sensors. Bounded to <see cref="Timeline.SamplesMax"/> spans.</summary>
internal sealed class LatencyTimeline
{
    private readonly long _startedAt;
    private SortedDictionary<long, List<float>> _spans = [];
    private long _seconds = 1;

    /// <param name="startedAt">When the run began, microseconds since 1970.</param>
    public LatencyTimeline(long startedAt) => _startedAt = startedAt;

    /// <param name="receivedAt">When the reading was stored, microseconds since 1970.</param>
    /// <param name="latencyMs">How long after its sensor.</param>
    public void Add(long receivedAt, double latencyMs)
    {
        var span = (receivedAt - _startedAt) / 1_000_000 / _seconds;
        if (!_spans.TryGetValue(span, out var list))
        {
            _spans.Add(span, list = []);
        }

        list.Add((float)latencyMs);
        if (_spans.Count > Timeline.SamplesMax)
        {
            Widen();
        }
    }

    public IReadOnlyList<LatencySpan> Spans() =>
    [
        .. _spans.Select(pair =>
        {
            var percentiles = Percentiles.Of(pair.Value.ConvertAll(value => (double)value));
            return new LatencySpan(pair.Key * _seconds, Math.Round(pair.Value.Count / (double)_seconds, 1), percentiles.P50, percentiles.P95, percentiles.P99);
        }),
    ];

    private void Widen()
    {
        _seconds *= 2;
        var wider = new SortedDictionary<long, List<float>>();
        foreach (var (span, values) in _spans)
        {
            if (!wider.TryGetValue(span / 2, out var list))
            {
                wider.Add(span / 2, list = []);
            }

            list.AddRange(values);
        }

        _spans = wider;
    }
}

/// <param name="At">Seconds since the run began.</param>
/// <param name="StoredPerSecond">Readings stored a second.</param>
/// <param name="P50">Milliseconds from sensor to commit.</param>
/// <param name="P95">The same.</param>
/// <param name="P99">The same.</param>
internal sealed record LatencySpan(double At, double StoredPerSecond, double P50, double P95, double P99);
