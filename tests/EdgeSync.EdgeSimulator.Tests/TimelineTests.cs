namespace EdgeSync.EdgeSimulator.Tests;

public sealed class TimelineTests
{
    [Fact]
    public void A_long_run_has_as_many_samples_as_a_short_one_from_its_beginning_to_its_end()
    {
        var timeline = new Timeline();
        var hours = TimeSpan.FromHours(3);
        for (var elapsed = TimeSpan.Zero; elapsed <= hours; elapsed += TimeSpan.FromMilliseconds(250))
        {
            timeline.Record("working", elapsed, FleetStats.None with { Produced = (long)elapsed.TotalSeconds }, 0);
        }

        var samples = timeline.Samples;
        Assert.InRange(samples.Count, Timeline.SamplesMax / 2, Timeline.SamplesMax);
        Assert.Equal(0, samples[0].At);
        Assert.InRange(samples[^1].At, hours.TotalSeconds - 60, hours.TotalSeconds);
        Assert.All(samples, sample => Assert.Equal((long)sample.At, sample.Produced));
    }

    [Fact]
    public void A_phase_is_seen_however_short_it_was()
    {
        var timeline = new Timeline();
        timeline.Record("working", TimeSpan.Zero, FleetStats.None, 0);
        timeline.Record("working", TimeSpan.FromSeconds(0.3), FleetStats.None, 0);
        timeline.Record("draining", TimeSpan.FromSeconds(0.4), FleetStats.None, 0);
        timeline.Note("gateway killed");

        Assert.Equal(["working", "draining"], timeline.Samples.Select(sample => sample.Phase));
        Assert.Equal([new TimelineFault(0.4, "gateway killed")], timeline.Faults);
    }

    [Fact]
    public void Latencies_are_told_by_when_readings_were_stored_and_none_is_left_out_of_a_long_run()
    {
        var timeline = new LatencyTimeline(startedAt: 1_000_000);
        for (var half = 0; half < 8_000; half++)
        {
            timeline.Add(1_000_000 + (half * 500_000L), half < 4_000 ? 10 : 30);
        }

        var spans = timeline.Spans();
        Assert.InRange(spans.Count, Timeline.SamplesMax / 2, Timeline.SamplesMax);
        Assert.All(spans.SkipLast(1), span => Assert.Equal(2, span.StoredPerSecond));
        Assert.Equal((10d, 30d), (spans[0].P50, spans[^1].P99));
    }

    [Fact]
    public void The_page_holds_everything_it_shows_and_asks_nobody()
    {
        var report = Charts() with { Faults = [new TimelineFault(1, "</script><b>killed")] };

        var page = HtmlReport.Of(report);

        Assert.DoesNotContain("{{charts}}", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/*uplot", page, StringComparison.Ordinal);
        Assert.Contains("uPlot=function", page, StringComparison.Ordinal);
        Assert.Contains("\"produced\": 7", page, StringComparison.Ordinal);
        Assert.DoesNotContain("</script><b>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
    }

    private static ReportCharts Charts() => new(
        new RunReport
        {
            Seed = 1,
            Devices = 1,
            DurationSeconds = 1,
            Produced = 7,
            Stored = 7,
            Refused = 0,
            Dropped = 0,
            Expired = 0,
            Pending = 0,
            Lost = 0,
            Duplicated = 0,
            Altered = 0,
            ExtraStreams = 0,
            Batches = 1,
            ResentBatches = 0,
            RecordsPerSecond = 7,
            SyncLatencyMs = Percentiles.Of([1]),
            CertificateRenewals = 0,
            Commands = new CommandCounts(0, 0, 0, 0, 0, 0, 0, 0, 0),
            Conflicts = new ConflictCounts(0, 0, 0, 0, 0, 0),
            CommandLatencyMs = Percentiles.Of([]),
            ConnectSeconds = 1,
            DrainSeconds = 0,
            CpuMicrosecondsPerRecord = 1,
            PeakWorkingSetMb = 1,
            Errors = new Dictionary<string, long>(),
            Faults = new FaultCounts(0, 0, 0, 0, 0),
            Differences = [],
            Verdict = "pass",
        },
        [], [], []);
}
