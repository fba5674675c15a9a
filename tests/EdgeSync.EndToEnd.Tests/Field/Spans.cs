using System.Collections.Concurrent;
using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>Keeps the spans of this process in memory, as an exporter gets them: of devices, services, HTTP and the database.</summary>
internal sealed class Spans : IDisposable
{
    private readonly MemoryExporter _exporter = new();
    private readonly TracerProvider _provider;

    public Spans() => _provider = Sdk.CreateTracerProviderBuilder()
        .AddSource("EdgeSync.*").AddAspNetCoreInstrumentation().AddHttpClientInstrumentation()
        .AddProcessor(new SimpleActivityExportProcessor(_exporter)).Build();

    public IReadOnlyCollection<Activity> All => _exporter.Ended;

    /// <summary>Waits until a trace has a span of each of these kinds; a server's span ends after its answer has left.</summary>
    public Task<IReadOnlyList<Activity>> TraceAsync(ActivityTraceId trace, Func<IReadOnlyList<Activity>, bool> holds, string what) =>
        Eventually.BecomesAsync(() => Task.FromResult<IReadOnlyList<Activity>>([.. All.Where(span => span.TraceId == trace)]), holds, what);

    /// <summary>The names of a span's ancestors in a trace, itself first.</summary>
    public static IReadOnlyList<string> Ancestry(IReadOnlyList<Activity> trace, Activity span)
    {
        var names = new List<string>();
        for (var at = span; at is not null; at = trace.FirstOrDefault(other => other.SpanId == at.ParentSpanId))
        {
            names.Add($"{at.Kind} {at.DisplayName}");
        }

        return names;
    }

    public void Dispose() => _provider.Dispose();

    private sealed class MemoryExporter : BaseExporter<Activity>
    {
        public ConcurrentQueue<Activity> Ended { get; } = new();

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                Ended.Enqueue(span);
            }

            return ExportResult.Success;
        }
    }
}
