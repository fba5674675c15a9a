using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EdgeSync.Testing;

/// <summary>
/// A service's database, where the answer of every commit is lost: each transaction is committed and its work is run and committed again. Both runs must come to the same outcome,
/// and the second must leave every row of the tables as it is.
/// </summary>
public sealed class RepeatedWrites
{
    private readonly ConcurrentQueue<string> _differences = [];

    /// <summary>What second runs did otherwise since the last call. A test ends with asserting that there is nothing.</summary>
    public IReadOnlyList<string> Take()
    {
        var taken = new List<string>();
        while (_differences.TryDequeue(out var difference))
        {
            taken.Add(difference);
        }

        return taken;
    }

    internal void Compare(string what, string first, string second)
    {
        if (first != second)
        {
            _differences.Enqueue($"{what} differ.\nFirst:  {first}\nSecond: {second}");
        }
    }
}

/// <summary>Registration of <see cref="RepeatedWrites"/>.</summary>
public static class RepeatedWritesExtensions
{
    /// <summary>Puts the double before the database that is registered; it compares the tables named.</summary>
    public static void RepeatWrites(this IServiceCollection services, params IReadOnlyList<string> tables)
    {
        var type = services.Single(service => service.ServiceType == typeof(ControlPlaneDatabase)).ImplementationType!;
        services.AddSingleton(type);
        services.AddSingleton<RepeatedWrites>();
        services.Replace(ServiceDescriptor.Singleton<ControlPlaneDatabase>(provider => new RepeatingDatabase(
            (ControlPlaneDatabase)provider.GetRequiredService(type), provider.GetRequiredService<DatabaseRetries>(), provider.GetRequiredService<RepeatedWrites>(), tables)));
    }

    private sealed class RepeatingDatabase(ControlPlaneDatabase inner, DatabaseRetries retries, RepeatedWrites writes, IReadOnlyList<string> tables)
        : ControlPlaneDatabase(retries), IDisposable
    {
        private static readonly JsonSerializerOptions Json = new(ProtocolJson.Default.Options)
        {
            TypeInfoResolver = JsonTypeInfoResolver.Combine(ProtocolJson.Default, new DefaultJsonTypeInfoResolver()),
        };

        // Another's write between the two runs would be taken for the second one's.
        private readonly SemaphoreSlim _turn = new(1, 1);

        public override DatabaseKind Kind => inner.Kind;

        public override Task<DbConnection> OpenAsync(CancellationToken ct) => inner.OpenAsync(ct);

        public override Task<T> ReadStaleAsync<T>(Func<DbTransaction, Task<T>> work, CancellationToken ct) => inner.ReadStaleAsync(work, ct);

        public void Dispose() => _turn.Dispose();

        private protected override async Task<T> WriteOnceAsync<T>(IsolationLevel isolation, Func<DbTransaction, Task<T>> work, CancellationToken ct)
        {
            await _turn.WaitAsync(ct);
            try
            {
                var first = await inner.WriteAsync(isolation, work, ct);
                var written = await DumpAsync(ct);
                var second = await inner.WriteAsync(isolation, work, ct);
                writes.Compare("Outcomes", ToText(first), ToText(second));
                writes.Compare("Rows", written, await DumpAsync(ct));
                return second;
            }
            finally
            {
                _turn.Release();
            }
        }

        private protected override async ValueTask<DbTransaction> BeginReadAsync(DbConnection connection, CancellationToken ct) => connection is SqliteConnection file
            ? file.BeginTransaction(deferred: true)
            : await connection.BeginTransactionAsync(Kind is DatabaseKind.CockroachDb ? IsolationLevel.Serializable : IsolationLevel.RepeatableRead, ct);

        private protected override ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, IsolationLevel isolation, CancellationToken ct) =>
            throw new NotSupportedException("The database behind it begins its own transactions.");

        // Of a group each outcome by its own type.
        private static string ToText<T>(T outcome) => outcome switch
        {
            null => "null",
            IEnumerable<object> group => string.Join('\n', group.Select(ToText)),
            _ => $"{outcome.GetType().Name} {JsonSerializer.Serialize(outcome, outcome.GetType(), Json)}",
        };

        private async Task<string> DumpAsync(CancellationToken ct)
        {
            await using var connection = await inner.OpenAsync(ct);
            var rows = new List<string>();
            foreach (var table in tables)
            {
                await using var command = connection.CreateCommand();
                command.CommandText = $"SELECT * FROM {table}";
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    rows.Add($"{table}: {string.Join(", ", Enumerable.Range(0, reader.FieldCount).Select(i => $"{reader.GetName(i)}={ToText(reader.GetValue(i))}"))}");
                }
            }

            rows.Sort(StringComparer.Ordinal);
            return string.Join('\n', rows);

            static string? ToText(object value) => value is byte[] bytes ? Convert.ToHexStringLower(bytes) : FormattableString.Invariant($"{value}");
        }
    }
}
