using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.Benchmarks;

/// <summary>What a program would write without EdgeSync: the same rows into a table like it, with a prepared INSERT on a connection that is kept open.</summary>
internal sealed class PlainStore : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _commit;
    private readonly byte[] _digest = new byte[Digest.Bytes];
    private long _number;

    public PlainStore(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Command("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256").ExecuteNonQuery();
        Command(
            """
            CREATE TABLE telemetry_data (
                epoch INTEGER NOT NULL, seq INTEGER NOT NULL, sensor_id INTEGER NOT NULL, recorded_at INTEGER NOT NULL, value REAL, payload TEXT, digest BLOB NOT NULL, replay_of TEXT,
                PRIMARY KEY (epoch, seq)) STRICT, WITHOUT ROWID
            """).ExecuteNonQuery();
        _begin = Command("BEGIN IMMEDIATE");
        _insert = Command("INSERT INTO telemetry_data VALUES ($epoch, $seq, $sensor, $at, $value, $payload, $digest, NULL)");
        foreach (var name in (string[])["$epoch", "$seq", "$sensor", "$at", "$value", "$payload", "$digest"])
        {
            _insert.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        _commit = Command("COMMIT");
    }

    public void Append(IReadOnlyList<Reading> readings)
    {
        _begin.ExecuteNonQuery();
        foreach (var reading in readings)
        {
            _insert.Parameters[0].Value = 1L;
            _insert.Parameters[1].Value = ++_number;
            _insert.Parameters[2].Value = 1L;
            _insert.Parameters[3].Value = reading.RecordedAt;
            _insert.Parameters[4].Value = (object?)reading.Value ?? DBNull.Value;
            _insert.Parameters[5].Value = (object?)reading.Payload ?? DBNull.Value;
            _insert.Parameters[6].Value = _digest;
            _insert.ExecuteNonQuery();
        }

        _commit.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _begin.Dispose();
        _insert.Dispose();
        _commit.Dispose();
        _connection.Dispose();
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
