using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace EdgeSync.ServiceDefaults;

/// <summary>The control plane's database for a service.</summary>
public static class DatabaseExtensions
{
    /// <summary>Registers <see cref="EmbeddedDatabase"/>, brings its schema up to date before the service takes requests, and adds it to readiness.</summary>
    /// <exception cref="InvalidOperationException">The connection string is missing or unreadable.</exception>
    public static TBuilder AddControlPlaneDatabase<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(DatabaseOptions.From(builder.Configuration));
        builder.Services.AddSingleton<EmbeddedDatabase>();
        builder.Services.AddSingleton<EmbeddedMigrations>();
        builder.Services.AddHostedService<MigrationsAtStart>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database");
        return builder;
    }

    private sealed class MigrationsAtStart(EmbeddedMigrations migrations) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken)
        {
            migrations.Apply();
            return Task.CompletedTask;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class DatabaseHealthCheck(EmbeddedDatabase database) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            using var connection = database.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            command.ExecuteScalar();
            return Task.FromResult(HealthCheckResult.Healthy());
        }
    }
}
