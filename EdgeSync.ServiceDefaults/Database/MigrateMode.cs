using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// A service started as <c>migrate</c> brings the database up to date and ends, for deployments whose services may not change the schema;
/// <c>migrate --dry-run</c> prints the statements instead.
/// </summary>
public static class MigrateMode
{
    private const string Verb = "migrate";
    private const string DryRun = "--dry-run";

    /// <summary>Whether the arguments ask for it.</summary>
    public static bool IsAsked(string[] args) => args is [Verb, ..];

    /// <summary>Runs it; 0 when the database is up to date afterwards (or for a dry run could be), 1 when it cannot be, 2 for wrong usage.</summary>
    public static async Task<int> RunMigrationsAsync(this IHostApplicationBuilder builder, string[] args, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(args);
        if (args is not ([Verb] or [Verb, DryRun]))
        {
            await errors.WriteLineAsync($"Write '{Verb}' or '{Verb} {DryRun}'; settings come from the environment or appsettings.json.");
            return 2;
        }

        try
        {
            // What it does is its output.
            builder.Logging.ClearProviders();
            builder.AddControlPlaneDatabase();
            await using var services = builder.Services.BuildServiceProvider();
            await RunAsync(services, args.Length > 1, output);
            return 0;
        }
        catch (Exception e) when (e is MigrationException or InvalidOperationException or DbException)
        {
            await errors.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task RunAsync(IServiceProvider services, bool isDryRun, TextWriter output)
    {
        var migrations = services.GetRequiredService<Migrations>();
        var files = isDryRun ? await migrations.PendingAsync(CancellationToken.None) : await migrations.ApplyAsync(CancellationToken.None);
        foreach (var file in files)
        {
            await output.WriteLineAsync(isDryRun ? $"-- {file.Name}" : $"applied {file.Name}");
            foreach (var statement in isDryRun ? file.Statements(services.GetRequiredService<ControlPlaneDatabase>().Kind) : [])
            {
                await output.WriteLineAsync($"{statement};");
            }
        }

        await output.WriteLineAsync(files.Count == 0 ? "The database is up to date." : isDryRun ? $"-- {files.Count} files would be applied; nothing was changed." : "The database is up to date now.");
        if (services.GetRequiredService<SchemaGate>().Newer is { Count: > 0 } newer)
        {
            await output.WriteLineAsync($"It has {string.Join(", ", newer)} of a newer program, which this one works with.");
        }
    }
}
