using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>The control plane's database for a service.</summary>
public static class DatabaseExtensions
{
    /// <summary>The health check of the schema: Degraded where the database is newer than the program, which works with it.</summary>
    public const string SchemaCheck = "Schema";

    /// <summary>Registers <see cref="ControlPlaneDatabase"/>, brings its schema up to date before the service takes requests, and adds it to readiness.</summary>
    /// <exception cref="InvalidOperationException">The connection string is missing or unreadable.</exception>
    public static TBuilder AddControlPlaneDatabase<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        DatabaseTypes.Register();
        var options = DatabaseOptions.From(builder.Configuration);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddMetrics();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<SchemaGate>();
        builder.Services.AddSingleton<DatabaseRetries>();
        builder.Services.AddHealthChecks().AddCheck<SchemaHealthCheck>(SchemaCheck);
        if (options.IsServer)
        {
            ServerDataSource.Add(builder, options);
            // One line a statement says nothing that a trace does not say better.
            builder.Logging.AddFilter("Npgsql.Command", LogLevel.Warning);
            builder.Services.AddSingleton<ControlPlaneDatabase, ServerDatabase>();
        }
        else
        {
            builder.Services.AddSingleton<ControlPlaneDatabase, EmbeddedDatabase>();
            builder.Services.AddHealthChecks().AddCheck<EmbeddedHealthCheck>("Sqlite");
        }

        builder.Services.AddSingleton<Migrations>();
        builder.Services.AddHostedService<MigrationsAtStart>();
        return builder;
    }

    private sealed class SchemaHealthCheck(SchemaGate gate) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(
                gate.IsClosed ? HealthCheckResult.Unhealthy()
                : gate.Newer.Count > 0 ? HealthCheckResult.Degraded("The database is newer than this program, which works with it.")
                : HealthCheckResult.Healthy());
    }

    private sealed class EmbeddedHealthCheck(ControlPlaneDatabase database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            await connection.ExecuteScalarAsync<long>("SELECT 1");
            return HealthCheckResult.Healthy();
        }
    }
}
