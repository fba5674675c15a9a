using System.Net.Http.Headers;
using Dapper;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>Which database a contract test runs on.</summary>
public enum ContractDatabase
{
    /// <summary>The embedded database, in a file.</summary>
    Sqlite,

    /// <summary>The server of <see cref="TestDatabase"/>.</summary>
    Server,

    /// <summary>The embedded database, where every transaction is committed and run again, as after a commit whose answer was lost.</summary>
    DoubtfulSqlite,

    /// <summary>The server, with the same doubt.</summary>
    DoubtfulServer,
}

/// <summary>The real service on 127.0.0.1 over a database of its own, with a clock that the test moves.</summary>
internal sealed class CommandsHost : IAsyncDisposable
{
    public static readonly IReadOnlyList<string> Tables =
    [
        "rollout_devices", "rollouts", "devices", "device_hints", "commands", "command_batches", "device_config_heads", "device_configs", "conflict_log", "config_rules",
        "enrolment_tokens", "device_certificates", "device_states", "revocation_head", "clone_proofs",
        "fleet_history", "sync_status", "device_status", "status_history", "streams", "sync_latency",
        "alerts", "alert_groups", "alert_rules", "alert_silences", "alert_notifications", "alert_lease",
    ];

    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly string _connectionString;
    private readonly Func<ValueTask> _release;

    private CommandsHost(WebApplication app, TimeProvider time, string connectionString, Func<ValueTask> release)
    {
        (_app, _time, _connectionString, _release) = (app, time, connectionString, release);
        Fleet = TestFleet.At(time);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Operator = Client(TestTokens.Shared.ForOperator());
    }

    public FakeTimeProvider Time => _time as FakeTimeProvider ?? throw new InvalidOperationException("This host lives by the real clock.");

    public Uri Address { get; }

    /// <summary>An operator with every role.</summary>
    public HttpClient Operator { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Whose issuing CA the service has.</summary>
    public TestFleet Fleet { get; }

    public static Task<CommandsHost> StartAsync(ContractDatabase on, params (string Key, string Value)[] settings) =>
        StartAsync(on, new FakeTimeProvider(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero)), settings);

    /// <summary>With the real clock: retries of the database wait by it.</summary>
    public static Task<CommandsHost> StartLiveAsync(ContractDatabase on) => StartAsync(on, TimeProvider.System, []);

    /// <summary>Another instance over the same database.</summary>
    public Task<CommandsHost> StartSecondAsync(params (string Key, string Value)[] settings) =>
        StartAsync(ContractDatabase.Server, _time is FakeTimeProvider fake ? new FakeTimeProvider(fake.GetUtcNow()) : _time, _connectionString, () => default, settings);

    /// <summary>Over a server's database that others use too, whose clock is theirs.</summary>
    public static Task<CommandsHost> StartOnAsync(string connectionString, FakeTimeProvider time, params (string Key, string Value)[] settings) =>
        StartAsync(ContractDatabase.Server, time, connectionString, () => default, settings);

    private static async Task<CommandsHost> StartAsync(ContractDatabase on, TimeProvider time, (string Key, string Value)[] settings)
    {
        if (on is ContractDatabase.Server or ContractDatabase.DoubtfulServer)
        {
            var database = await ServerDatabases.TakeAsync();
            return await StartAsync(on, time, database.ConnectionString, async () => await ServerDatabases.GiveBackAsync(database, Tables), settings);
        }

        var directory = Directory.CreateTempSubdirectory("edgesync-commands-");
        return await StartAsync(on, time, $"Data Source={Path.Combine(directory.FullName, "edgesync.db")}", Delete, settings);

        ValueTask Delete()
        {
            directory.Delete(recursive: true);
            return default;
        }
    }

    private static async Task<CommandsHost> StartAsync(
        ContractDatabase on, TimeProvider time, string connectionString, Func<ValueTask> release, (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // The service's own appsettings.json names fixed ports.
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:edgesync"] = connectionString,
            // A test reads what it has just written.
            ["Database:FollowerReads"] = "false",
            // Moving the clock by a day must not mean a million looks.
            // Nobody moves the clock for a writer that waits for more.
            ["Commands:CommitWait"] = "00:00:00",
            ["Commands:HintPollInterval"] = "00:01:00",
            ["Commands:ExpirySweepInterval"] = "01:00:00",
            ["Commands:BatchInterval"] = "01:00:00",
            ["Commands:QuarantineSweepInterval"] = "01:00:00",
            ["Commands:RolloutInterval"] = "01:00:00",
            ["Alerts:Interval"] = "01:00:00",
            ["Alerts:Lease"] = "02:00:00",
        });
        builder.Configuration.AddInMemoryCollection(TestTokens.Shared.Settings);
        builder.Configuration.AddInMemoryCollection(TestFleet.At(time).Settings);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)));
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(time);
        builder.AddServiceDefaults();
        builder.AddCommands();
        builder.Services.AddConfigResolver("longer", static (_, earlier, later, _) => earlier?.Text.Length > (later?.Text.Length ?? 0) ? earlier : later);
        if (on is ContractDatabase.DoubtfulSqlite or ContractDatabase.DoubtfulServer)
        {
            builder.Services.RepeatWrites(Tables);
        }

        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapCommands();
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new CommandsHost(app, time, connectionString, release);
        }
        catch
        {
            // A service that refuses its settings leaves nothing behind.
            await app.DisposeAsync();
            await release();
            throw;
        }
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A registered device's client, as the gateway would pass it on.</summary>
    public async Task<DeviceDriver> RegisterAsync(string id = "0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10")
    {
        var device = DeviceId.Parse(id);
        var answer = await Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations([new DeviceRegistration(device, "pump")]));
        Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode);
        return Device(device);
    }

    public DeviceDriver Device(DeviceId id)
    {
        var client = Client(TestTokens.Shared.ForDevice(id));
        client.Timeout = Timeout.InfiniteTimeSpan;
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
        return new DeviceDriver(id, client, Operator);
    }

    /// <summary>Whoever shows this token; null for nobody.</summary>
    public HttpClient Client(string? token = null)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>What second runs did otherwise, where commits are in doubt.</summary>
    public IReadOnlyList<string> TakeDifferences() => Services.GetService<RepeatedWrites>()?.Take() ?? [];

    public async Task ExecuteAsync(string sql, object? parameters = null)
    {
        await using var connection = await Get<ControlPlaneDatabase>().OpenAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql, parameters);
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var connection = await Get<ControlPlaneDatabase>().OpenAsync(TestContext.Current.CancellationToken);
        return await connection.ExecuteScalarAsync<long>(sql);
    }

    /// <summary>Lets others run until something is so.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        var differences = TakeDifferences();
        await _app.DisposeAsync();
        await _release();
        Assert.Empty(differences);
    }
}
