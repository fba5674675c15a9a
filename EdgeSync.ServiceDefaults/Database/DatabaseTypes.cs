using System.Data;
using Dapper;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// How the protocol's types are written in each database: ids as UUID in a server and as their text in SQLite, so that the file can be read with any tool;
/// digests as 32 bytes. With it one Dapper statement serves all three.
/// </summary>
public static class DatabaseTypes
{
    /// <summary>Tells Dapper; may be called again.</summary>
    public static void Register()
    {
        SqlMapper.AddTypeHandler(new IdHandler<DeviceId>(id => new DeviceId(id), id => id.Value));
        SqlMapper.AddTypeHandler(new IdHandler<CommandId>(id => new CommandId(id), id => id.Value));
        SqlMapper.AddTypeHandler(new IdHandler<BatchId>(id => new BatchId(id), id => id.Value));
        SqlMapper.AddTypeHandler(new IdHandler<RolloutId>(id => new RolloutId(id), id => id.Value));
        SqlMapper.AddTypeHandler(new DigestHandler());
    }

    /// <summary>A UUID as a parameter's value.</summary>
    public static object ToValue(IDbDataParameter parameter, Guid id) => parameter is SqliteParameter ? id.ToString("D") : id;

    private static Guid ToGuid(object value) => value is Guid id ? id : Guid.ParseExact((string)value, "D");

    private sealed class IdHandler<T>(Func<Guid, T> read, Func<T, Guid> write) : SqlMapper.TypeHandler<T>
        where T : struct
    {
        public override void SetValue(IDbDataParameter parameter, T value) => parameter.Value = ToValue(parameter, write(value));

        public override T Parse(object value) => read(ToGuid(value));
    }

    private sealed class DigestHandler : SqlMapper.TypeHandler<Digest>
    {
        public override void SetValue(IDbDataParameter parameter, Digest value) => parameter.Value = value.ToArray();

        public override Digest Parse(object value) => new((byte[])value);
    }
}
