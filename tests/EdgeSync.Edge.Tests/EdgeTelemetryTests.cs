using System.Diagnostics;
using System.Diagnostics.Metrics;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>What a program that embeds a device can see of it.</summary>
public sealed class EdgeTelemetryTests
{
    private const string Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void Of_all_open_devices_pending_records_are_added_and_the_oldest_is_told()
    {
        using var meter = new Meter("test");
        var metrics = new EdgeMetrics(meter);
        var open = metrics.Open(() => 7, () => 40);
        using var other = metrics.Open(() => 5, () => 90);
        using var broken = metrics.Open(() => throw new Microsoft.Data.Sqlite.SqliteException("unreadable", 11), () => 0);

        Assert.Equal(["edgesync.edge.devices 3", "edgesync.edge.pending.age 90", "edgesync.edge.pending.records 12"], Collect(meter));
        other.Dispose();
        Assert.Equal(["edgesync.edge.devices 2", "edgesync.edge.pending.age 40", "edgesync.edge.pending.records 7"], Collect(meter));
        open.Dispose();
    }

    [Theory]
    [InlineData(ReasonCodes.Offline, ReasonCodes.Offline)]
    [InlineData("http-502", "http-5xx")]
    [InlineData("rate-limited", "rate-limited")]
    [InlineData("whatever-a-newer-control-plane-says", "other")]
    public void A_reason_is_one_that_is_known(string code, string counted)
    {
        using var meter = new Meter("test");
        var metrics = new EdgeMetrics(meter);

        Assert.Equal([$"edgesync.edge.errors 1 reason={counted} category=network"], Collect(meter, () => metrics.Failed(code, ProblemCategory.Network), onlyCounters: true));
    }

    [Fact]
    public async Task A_commands_run_goes_on_in_the_trace_of_its_creation()
    {
        await using var world = new EdgeWorld();
        var ended = new List<Activity>();
        using var listener = Listen(ended);
        var id = world.Cloud.Commands.Create("ping");
        var untraced = world.Cloud.Commands.Create("ping");
        world.Cloud.Commands.Waiting[0] = world.Cloud.Commands.Waiting[0] with { Traceparent = Traceparent };

        await world.SyncAsync();
        await world.RunCommandsAsync();

        var run = Assert.Single(Ended(ended), span => Equals(span.GetTagItem("edgesync.command.id"), id.ToString()));
        Assert.Equal(("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"), (run.TraceId.ToHexString(), run.ParentSpanId.ToHexString()));
        Assert.Equal("succeeded", run.GetTagItem("edgesync.outcome"));
        var own = Assert.Single(Ended(ended), span => Equals(span.GetTagItem("edgesync.command.id"), untraced.ToString()));
        Assert.Equal(default, own.ParentSpanId);
    }

    [Fact]
    public async Task A_batch_is_a_span_that_says_how_it_ended()
    {
        await using var world = new EdgeWorld();
        var ended = new List<Activity>();
        using var listener = Listen(ended);
        world.Append(3);
        using var root = new Activity("test").Start();

        await world.SyncAsync();

        var batch = Assert.Single(Ended(ended), span => span.OperationName == "telemetry batch" && span.TraceId == root.TraceId);
        Assert.Equal(("ok", 1L, "live"), (batch.GetTagItem("edgesync.outcome"), batch.GetTagItem("edgesync.batch.first"), batch.GetTagItem("edgesync.lane")));
        Assert.Equal(ActivityStatusCode.Unset, batch.Status);
    }

    private static List<Activity> Ended(List<Activity> ended)
    {
        lock (ended)
        {
            return [.. ended];
        }
    }

    private static List<string> Collect(Meter of, Action? act = null, bool onlyCounters = false)
    {
        var seen = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (ReferenceEquals(instrument.Meter, of) && !(onlyCounters && instrument.IsObservable))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Add($"{instrument.Name} {value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => seen.Add(FormattableString.Invariant($"{instrument.Name} {value}")));
        listener.Start();
        act?.Invoke();
        listener.RecordObservableInstruments();
        seen.Sort(StringComparer.Ordinal);
        return seen;
    }

    // It hears the other worlds of this process too.
    private static ActivityListener Listen(List<Activity> ended)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EdgeTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (ended)
                {
                    ended.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
