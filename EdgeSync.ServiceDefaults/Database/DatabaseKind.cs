namespace EdgeSync.ServiceDefaults;

/// <summary>What the control plane's database is. The last two speak the same protocol and differ in little: docs/databases.md lists it.</summary>
public enum DatabaseKind
{
    /// <summary>One file in this process: the embedded database.</summary>
    Sqlite,

    /// <summary>A PostgreSQL server.</summary>
    PostgreSql,

    /// <summary>A CockroachDB cluster.</summary>
    CockroachDb,
}
