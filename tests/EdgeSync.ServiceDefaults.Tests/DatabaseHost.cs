using Dapper;
using EdgeSync.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>What a service knows of its database, without the service.</summary>
internal sealed class DatabaseHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public DatabaseHost(string connectionString, params (string Key, string Value)[] settings)
    {
        var builder = Builder(connectionString, settings);
        builder.AddControlPlaneDatabase();
        builder.Services.AddSingleton<ILoggerProvider>(Log);
        _services = builder.Services.BuildServiceProvider();
    }

    public ControlPlaneDatabase Database => Get<ControlPlaneDatabase>();

    public LogLines Log { get; } = new(LogLevel.Warning);

    public Migrations Migrations => Get<Migrations>();

    public static HostApplicationBuilder Builder(string connectionString, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "EdgeSync.Tests" });
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create("ConnectionStrings:edgesync", (string?)connectionString), .. settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))]);
        builder.Logging.ClearProviders();
        builder.Services.AddHealthChecks();
        return builder;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The start of a service, as far as the database goes.</summary>
    public async Task StartAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What a probe hears of the schema.</summary>
    public async Task<HealthStatus> SchemaHealthAsync() =>
        (await Get<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["Schema"].Status;

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await Database.OpenAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(sql);
    }

    public async Task<long> CountAsync(string sql)
    {
        await using var connection = await Database.OpenAsync(TestContext.Current.CancellationToken);
        return await connection.ExecuteScalarAsync<long>(sql);
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
