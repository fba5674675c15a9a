using System.Data.Common;
using Npgsql;

namespace EdgeSync.Ingest;

/// <summary>Statements of one round trip, with whole columns as parameters.</summary>
internal static class BatchColumns
{
    public static NpgsqlBatch BatchOf(DbTransaction transaction) => new((NpgsqlConnection)transaction.Connection!, (NpgsqlTransaction)transaction);

    public static NpgsqlBatchCommand Add(this NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    /// <summary>Adds the next parameter.</summary>
    public static NpgsqlBatchCommand With<T>(this NpgsqlBatchCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>Adds a column of rows as the next parameter.</summary>
    public static NpgsqlBatchCommand With<TRow, T>(this NpgsqlBatchCommand command, IReadOnlyList<TRow> rows, Func<TRow, T> column)
    {
        var values = new T[rows.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = column(rows[i]);
        }

        return command.With(values);
    }
}
