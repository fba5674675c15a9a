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
        SqlMapper.AddTypeHandler(new DeviceIdHandler());
        SqlMapper.AddTypeHandler(new CommandIdHandler());
        SqlMapper.AddTypeHandler(new BatchIdHandler());
        SqlMapper.AddTypeHandler(new RolloutIdHandler());
        SqlMapper.AddTypeHandler(new DigestHandler());
    }

    /// <summary>A UUID as a parameter's value.</summary>
    public static object ToValue(IDbDataParameter parameter, Guid id) => parameter is SqliteParameter ? id.ToString("D") : id;

    private static Guid ToGuid(object value) => value is Guid id ? id : Guid.ParseExact((string)value, "D");

    private sealed class DeviceIdHandler : SqlMapper.TypeHandler<DeviceId>
    {
        public override void SetValue(IDbDataParameter parameter, DeviceId value) => parameter.Value = ToValue(parameter, value.Value);

        public override DeviceId Parse(object value) => new(ToGuid(value));
    }

    private sealed class CommandIdHandler : SqlMapper.TypeHandler<CommandId>
    {
        public override void SetValue(IDbDataParameter parameter, CommandId value) => parameter.Value = ToValue(parameter, value.Value);

        public override CommandId Parse(object value) => new(ToGuid(value));
    }

    private sealed class BatchIdHandler : SqlMapper.TypeHandler<BatchId>
    {
        public override void SetValue(IDbDataParameter parameter, BatchId value) => parameter.Value = ToValue(parameter, value.Value);

        public override BatchId Parse(object value) => new(ToGuid(value));
    }

    private sealed class RolloutIdHandler : SqlMapper.TypeHandler<RolloutId>
    {
        public override void SetValue(IDbDataParameter parameter, RolloutId value) => parameter.Value = ToValue(parameter, value.Value);

        public override RolloutId Parse(object value) => new(ToGuid(value));
    }

    private sealed class DigestHandler : SqlMapper.TypeHandler<Digest>
    {
        public override void SetValue(IDbDataParameter parameter, Digest value) => parameter.Value = value.ToArray();

        public override Digest Parse(object value) => new((byte[])value);
    }
}
