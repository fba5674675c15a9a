using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed partial class ObservabilityTests
{
    private const string Collector = "http://127.0.0.1:1";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Without_a_collector_nothing_is_recorded(string? endpoint)
    {
        await using var app = Build(("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint));

        Assert.Null(app.Services.GetService<TracerProvider>());
        Assert.Null(app.Services.GetService<MeterProvider>());
        Assert.DoesNotContain(app.Services.GetServices<ILoggerProvider>(), provider => provider is OpenTelemetryLoggerProvider);
    }

    [Fact]
    public async Task With_a_collector_traces_metrics_and_logs_are_exported()
    {
        await using var app = Build(("OTEL_EXPORTER_OTLP_ENDPOINT", Collector));

        Assert.NotNull(app.Services.GetService<TracerProvider>());
        Assert.NotNull(app.Services.GetService<MeterProvider>());
        Assert.Contains(app.Services.GetServices<ILoggerProvider>(), provider => provider is OpenTelemetryLoggerProvider);
    }

    [Theory]
    [InlineData(null, "EdgeSync.Small")]
    [InlineData("mine", "mine")]
    public async Task A_service_is_called_by_its_program_unless_it_is_given_a_name(string? given, string expected)
    {
        await using var app = Build(("OTEL_EXPORTER_OTLP_ENDPOINT", Collector), ("OTEL_SERVICE_NAME", given));

        var resource = app.Services.GetRequiredService<TracerProvider>().GetResource();
        Assert.Equal(expected, resource.Attributes.Single(attribute => attribute.Key == "service.name").Value);
    }

    [Theory]
    [InlineData("parentbased_traceidratio", "0", false)]
    [InlineData("parentbased_traceidratio", "1", true)]
    [InlineData("always_off", null, false)]
    [InlineData(null, null, true)]
    public async Task Which_traces_are_kept_is_a_setting(string? sampler, string? argument, bool isKept)
    {
        await using var app = Build(("OTEL_EXPORTER_OTLP_ENDPOINT", Collector), ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", argument));
        var ended = new Ended();
        app.Services.GetRequiredService<TracerProvider>().AddProcessor(ended);
        // A source of its own, so that providers of other tests sample other spans.
        using var source = new ActivitySource("EdgeSync.Test");

        source.StartActivity($"span of {sampler} {argument}")?.Dispose();

        Assert.Equal(isKept, ended.Names.Contains($"span of {sampler} {argument}"));
    }

    [Fact]
    public async Task A_line_of_the_log_carries_the_trace_that_it_was_written_in()
    {
        var lines = new Lines();
        await using var app = Build(builder => builder.Services.AddOpenTelemetry().WithLogging(logging => logging.AddProcessor(lines)), ("OTEL_EXPORTER_OTLP_ENDPOINT", Collector));
        using var span = new Activity("request").Start();

        Happened(app.Services.GetRequiredService<ILogger<ObservabilityTests>>(), 7);

        Assert.Equal([(span.TraceId, "The thing 7 has happened")], lines.Written);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("Information", true)]
    public async Task What_frameworks_say_of_each_request_is_exported_only_where_it_is_asked_for(string? level, bool isExported)
    {
        await using var app = Build(("OTEL_EXPORTER_OTLP_ENDPOINT", Collector), ("Logging:LogLevel:Microsoft.AspNetCore", level));
        using var exporter = app.Services.GetServices<ILoggerProvider>().OfType<OpenTelemetryLoggerProvider>().Single();
        var rules = app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<LoggerFilterOptions>>().Value.Rules;

        Assert.Equal(!isExported, rules.Any(rule => rule.ProviderName == exporter.GetType().FullName && rule.CategoryName == "Microsoft.AspNetCore" && rule.LogLevel == LogLevel.Warning));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The thing {Number} has happened")]
    private static partial void Happened(ILogger logger, int number);

    private static WebApplication Build(params (string Key, string? Value)[] settings) => Build(_ => { }, settings);

    private static WebApplication Build(Action<WebApplicationBuilder> shape, params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "EdgeSync.Small", ContentRootPath = Path.GetTempPath() });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.AddServiceDefaults();
        shape(builder);
        return builder.Build();
    }

    private sealed class Ended : BaseProcessor<Activity>
    {
        public List<string> Names { get; } = [];

        public override void OnEnd(Activity data)
        {
            lock (Names)
            {
                Names.Add(data.OperationName);
            }
        }
    }

    private sealed class Lines : BaseProcessor<LogRecord>
    {
        public List<(ActivityTraceId, string?)> Written { get; } = [];

        public override void OnEnd(LogRecord data)
        {
            if (data.CategoryName == typeof(ObservabilityTests).FullName)
            {
                Written.Add((data.TraceId, data.FormattedMessage));
            }
        }
    }
}
