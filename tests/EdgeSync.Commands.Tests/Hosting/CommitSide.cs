using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Commands.Tests;

/// <summary>A service whose groups a test composes: what is queued before it begins to commit is its first group.</summary>
internal static class CommitSide
{
    private static readonly JsonSerializerOptions Json = new(ProtocolJson.Default.Options)
    {
        TypeInfoResolver = JsonTypeInfoResolver.Combine(ProtocolJson.Default, new DefaultJsonTypeInfoResolver()),
    };

    /// <summary>A commit that has not begun.</summary>
    public static DeliveryCommit NewCommit(this CommandsHost host) => ActivatorUtilities.CreateInstance<DeliveryCommit>(host.Services);

    /// <summary>Commits requests in as few groups as their devices allow; their outcomes, or the errors that they failed with.</summary>
    public static async Task<Task<DeliveryOutcome>[]> CommitAsync(this CommandsHost host, params IEnumerable<CommandRequest> requests)
    {
        using var commit = host.NewCommit();
        var waiting = requests.Select(request => commit.WriteAsync(request, CancellationToken.None)).ToArray();
        await commit.StartAsync(TestContext.Current.CancellationToken);
        await commit.StopAsync(CancellationToken.None);
        return waiting;
    }

    public static string ToText(DeliveryOutcome outcome) => $"{outcome.GetType().Name} {JsonSerializer.Serialize(outcome, outcome.GetType(), Json)}";

    /// <summary>Every command and hint as it stands, alike on every database.</summary>
    public static async Task<IReadOnlyList<string>> DumpAsync(this CommandsHost host)
    {
        await using var connection = await host.Get<ControlPlaneDatabase>().OpenAsync(TestContext.Current.CancellationToken);
        var rows = await connection.QueryAsync<CommandRow>($"SELECT {CommandRow.Columns} FROM commands");
        // A version 0 is as good as no row.
        var hints = await connection.QueryAsync<(string Device, long Version, long ChangedAt)>(
            "SELECT CAST(device_id AS TEXT), intent_version, changed_at FROM device_hints WHERE intent_version > 0");
        return
        [
            .. rows.Select(row => JsonSerializer.Serialize(row, Json)).Order(StringComparer.Ordinal),
            .. hints.Select(hint => string.Create(CultureInfo.InvariantCulture, $"{hint}")).Order(StringComparer.Ordinal),
        ];
    }
}
