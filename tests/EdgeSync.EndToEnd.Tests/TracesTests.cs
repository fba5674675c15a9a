using System.Diagnostics;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>One batch and one command, followed through every span, from one end to the other.</summary>
public sealed class TracesTests(Site site) : IClassFixture<Site>
{
    [Fact]
    public async Task A_batch_is_one_trace_from_the_device_to_the_commit()
    {
        using var spans = new Spans();
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.DrainAsync();
        device.Produce(20);
        await device.DrainAsync();

        var batch = spans.All.Last(span => span.OperationName == "telemetry batch" && Equals(span.GetTagItem("edgesync.device.id"), device.Id.ToString()));
        var trace = await spans.TraceAsync(batch.TraceId, all => all.Any(span => span.Kind == ActivityKind.Server && span.SpanId == Root(all)?.SpanId) && all.Any(IsCommit), "the trace is whole");
        var write = Assert.Single(trace, span => span.OperationName == "ingest write");
        Assert.Equal(
            [
                "Internal ingest write",
                "Server POST /v1/telemetry", "Client POST",
                "Server POST /v1/telemetry", "Client POST",
                "Producer telemetry batch",
            ],
            Spans.Ancestry(trace, write));
        Assert.Equal("ok", batch.GetTagItem("edgesync.outcome"));
        Assert.Equal("acknowledged", write.GetTagItem("edgesync.outcome"));
        var commit = Assert.Single(trace, IsCommit);
        Assert.Contains(commit.Links, link => link.Context.SpanId == write.SpanId);
        Assert.Contains(write.Links, link => link.Context.SpanId == commit.SpanId);

        static bool IsCommit(Activity span) => span.OperationName == "ingest commit";
        static Activity? Root(IReadOnlyList<Activity> all) => all.FirstOrDefault(span =>
            span.Kind == ActivityKind.Server && all.Any(parent => parent.SpanId == span.ParentSpanId && parent.Kind == ActivityKind.Client && all.Any(top => top.SpanId == parent.ParentSpanId && top.Kind == ActivityKind.Producer)));
    }

    [Fact]
    public async Task A_command_is_one_trace_from_the_operator_to_its_run()
    {
        using var spans = new Spans();
        var device = await site.AddDeviceAsync();
        device.Start();
        await device.DrainAsync();

        var id = await site.Operators.IssueAsync(device);
        await site.Operators.EndOfAsync(device, id);

        var run = await Eventually.BecomesAsync(
            () => Task.FromResult(spans.All.FirstOrDefault(span => Equals(span.GetTagItem("edgesync.command.id"), id.ToString()))), span => span is not null, "the command's run is a span");
        var trace = await spans.TraceAsync(run!.TraceId, all => Spans.Ancestry(all, run).Count == 5, "the trace is whole");
        Assert.Equal(
            [
                $"Consumer command {OperatorDesk.ActuateKind}",
                "Server POST /v1/devices/{device}/commands", "Client POST",
                "Server POST /v1/devices/{**rest}", "Client POST",
            ],
            Spans.Ancestry(trace, run));
        Assert.Equal("succeeded", run.GetTagItem("edgesync.outcome"));
        Assert.Equal(device.Id.ToString(), run.GetTagItem("edgesync.device.id"));
    }

    [Fact]
    public async Task A_batch_of_commands_is_one_trace_to_the_run_of_each()
    {
        using var spans = new Spans();
        FieldDevice[] devices = [await site.AddDeviceAsync(), await site.AddDeviceAsync()];
        foreach (var device in devices)
        {
            await site.Operators.LabelAsync(device, "traced", "batch");
            device.Start();
            await device.DrainAsync();
        }

        await site.Operators.IssueAsync("traced=batch", new CreateCommand("ping"));

        var runs = await Eventually.BecomesAsync(
            () => Task.FromResult<IReadOnlyList<Activity>>([.. devices.Select(device => spans.All.FirstOrDefault(span =>
                span.OperationName == "command ping" && Equals(span.GetTagItem("edgesync.device.id"), device.Id.ToString()))).OfType<Activity>()]),
            all => all.Count == devices.Length,
            "each device's run is a span");
        foreach (var run in runs)
        {
            var trace = await spans.TraceAsync(run.TraceId, all => Spans.Ancestry(all, run).Count == 5, "the trace is whole");
            Assert.Equal(
                [
                    "Consumer command ping",
                    "Server POST /v1/command-batches", "Client POST",
                    "Server POST /v1/command-batches/{**rest}", "Client POST",
                ],
                Spans.Ancestry(trace, run));
        }

        Assert.Single(runs.Select(run => run.TraceId).Distinct());
    }

    [Fact]
    public async Task What_nobody_records_carries_no_trace()
    {
        var device = await site.AddDeviceAsync();
        var id = await site.Operators.IssueAsync(device);
        device.Start();

        Assert.Equal(id, (await site.Operators.EndOfAsync(device, id)).Id);
    }
}
