using System.Net.Http.Headers;
using EdgeSync.Ingest;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace EdgeSync.Commands.Tests;

/// <summary>Ingest and Commands over one database of the server, with a webhook, a device, and one clock that the test moves; one rule is looked at.</summary>
internal sealed class AlertSite : IAsyncDisposable
{
    private static readonly string[] IngestTables =
    [
        "streams", "telemetry_data", "refusals", "gaps", "checkpoints", "clock_offsets", "sync_status", "latest_values", "superseded_runs", "stream_checks", "stream_receipts", "device_status", "status_history",
        "ingest_queues", "sync_latency",
    ];

    private readonly WebApplication _ingest;
    private readonly TestDatabase _database;
    private readonly HttpClient _device;
    private readonly string _rule;

    private AlertSite(CommandsHost host, WebApplication ingest, TestDatabase database, WebhookReceiver receiver, DeviceDriver pump, string rule)
    {
        (Host, _ingest, _database, Receiver, Pump, _rule) = (host, ingest, database, receiver, pump, rule);
        _device = new HttpClient { BaseAddress = new Uri(ingest.Urls.Single()) };
        _device.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.Shared.ForDevice(pump.Id));
    }

    public CommandsHost Host { get; }

    public WebhookReceiver Receiver { get; }

    public DeviceDriver Pump { get; }

    public FakeTimeProvider Time => Host.Time;

    public long Now => Time.GetMicroseconds();

    public string ConnectionString => _database.ConnectionString;

    public static async Task<AlertSite> StartAsync(string rule, params (string Key, string Value)[] settings)
    {
        var database = await ServerDatabases.TakeAsync();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
        var receiver = await WebhookReceiver.StartAsync();
        var host = await CommandsHost.StartOnAsync(database.ConnectionString, time, [.. receiver.Settings, .. AlertDriver.Only(rule), .. settings]);
        // The test's rounds are the only ones.
        await host.Get<AlertWork>().StopAsync(TestContext.Current.CancellationToken);
        var ingest = BuildIngest(database.ConnectionString, time, settings);
        await ingest.StartAsync(TestContext.Current.CancellationToken);
        return new AlertSite(host, ingest, database, receiver, await host.RegisterAsync(), rule);
    }

    /// <summary>The device says how it is.</summary>
    public async Task<HttpResponseMessage> BeatAsync(Func<Heartbeat, Heartbeat>? shape = null)
    {
        var heartbeat = new Heartbeat(Pump.Boot, Now, "1.0.0", "ok", Now, 0, 0, 0, [], IntervalMilliseconds: 30_000);
        return await _device.SendAsync(HttpMethod.Post, Routes.Heartbeat, shape?.Invoke(heartbeat) ?? heartbeat);
    }

    /// <summary>The device sends readings of a new stream.</summary>
    public async Task AppendAsync(Epoch epoch, int readings)
    {
        var builder = new TelemetryBatchBuilder(epoch, 1, DigestChain.Origin(Pump.Id, epoch));
        for (var i = 1; i <= readings; i++)
        {
            var reading = new Reading("temperature", Now + i, i);
            builder.Add(reading, DigestChain.Next(builder.DigestAfter, reading));
        }

        var batch = builder.Build(Pump.Boot, Now);
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.Telemetry) { Content = new ByteArrayContent(TelemetryCodec.EncodeProtobuf(batch)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(Headers.ProtobufMediaType);
        request.Headers.Add(Headers.Batch, BatchHeader.Of(batch, Lane.Live).ToString());
        using var answer = await _device.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Moves the clock a step at a time until a count is what it should be: what others do at their intervals is done by then.</summary>
    public async Task UntilAsync(string sql, long wanted, TimeSpan step)
    {
        while (await Host.CountAsync(sql) != wanted)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            Time.Advance(step);
        }
    }

    /// <summary>The one alert of the rule that is not over.</summary>
    public async Task<AlertView?> OpenAsync() => (await Host.AlertsAsync($"?rule={_rule}")).SingleOrDefault(alert => alert.State != AlertState.Resolved);

    public async ValueTask DisposeAsync()
    {
        _device.Dispose();
        await _ingest.DisposeAsync();
        await Host.DisposeAsync();
        await Receiver.DisposeAsync();
        await ServerDatabases.GiveBackAsync(_database, [.. CommandsHost.Tables, .. IngestTables]);
    }

    private static WebApplication BuildIngest(string connectionString, TimeProvider time, (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            // Whoever waits for a lock in a drill waits until the drill lets it go, however slow the machine is.
            ["ConnectionStrings:edgesync"] = new NpgsqlConnectionStringBuilder(connectionString) { CommandTimeout = 600 }.ConnectionString,
            ["Ingest:CommitWait"] = "00:00:00",
            ["Ingest:VerificationInterval"] = "1.00:00:00",
            ["Ingest:QueueReportInterval"] = "01:00:00",
        });
        builder.Configuration.AddInMemoryCollection(TestTokens.Shared.Settings);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)));
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(time);
        builder.AddServiceDefaults();
        builder.AddIngest();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapIngest();
        return app;
    }
}
