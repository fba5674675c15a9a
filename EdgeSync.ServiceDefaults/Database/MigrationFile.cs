using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace EdgeSync.ServiceDefaults;

/// <summary>
/// A numbered SQL file, <c>NNN_name.sql</c>, or <c>NNN_name.KIND.sql</c> for one database alone: there it takes the place of the general file of its number,
/// elsewhere it does not exist. Statements end with a semicolon at the end of a line, and each may be run again.
/// </summary>
internal sealed partial record MigrationFile(long Version, string Name, string Sql)
{
    private const string Folder = ".Database.Migrations.";

    // SQLite keeps a table in its primary key's order only when told so; the servers do it (CockroachDB) or cannot (PostgreSQL).
    private const string ClusteredPlaceholder = "${clustered}";

    // SQLite has no such words; a column that is there already is its error, which means the same.
    private const string AddColumn = "ADD COLUMN IF NOT EXISTS";

    private const string Promise = "-- Works with programs ";

    /// <summary>SHA-256 of the file, in hexadecimal digits.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>Programs whose newest file has this number or a higher one work with the database after it, as its line <c>-- Works with programs from NNN on.</c> says; null where it says nothing.</summary>
    public long? WorksFrom { get; } = ReadPromise(Version, Name, Sql);

    /// <summary>The files for a database, in the order of their numbers.</summary>
    public static IReadOnlyList<MigrationFile> For(DatabaseKind kind)
    {
        var assembly = typeof(MigrationFile).Assembly;
        return Choose(
            kind,
            assembly.GetManifestResourceNames().Where(name => name.Contains(Folder, StringComparison.Ordinal)).Select(resource =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
                return (resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..], reader.ReadToEnd());
            }));
    }

    /// <summary>Chooses the files that a database takes.</summary>
    /// <exception cref="InvalidOperationException">A name cannot be read, or a number is taken twice.</exception>
    internal static IReadOnlyList<MigrationFile> Choose(DatabaseKind kind, IEnumerable<(string Name, string Sql)> files)
    {
        var chosen = new SortedDictionary<long, (MigrationFile File, bool IsOwn)>();
        foreach (var (name, sql) in files)
        {
            var parts = FileName().Match(name) is { Success: true } match ? match.Groups : throw new InvalidOperationException($"A migration is named NNN_name.sql or NNN_name.KIND.sql, not {name}.");
            var isOwn = parts["kind"].Success;
            if (isOwn && parts["kind"].Value != Suffix(kind))
            {
                continue;
            }

            var version = long.Parse(parts["version"].ValueSpan, CultureInfo.InvariantCulture);
            var taken = chosen.TryGetValue(version, out var other);
            if (taken && other.IsOwn == isOwn)
            {
                throw new InvalidOperationException($"{name} and {other.File.Name} have the same number.");
            }

            if (!taken || isOwn)
            {
                chosen[version] = (new MigrationFile(version, name, sql), isOwn);
            }
        }

        return [.. chosen.Values.Select(pair => pair.File)];
    }

    /// <summary>Its statements as a database takes them, without comments around them.</summary>
    public IEnumerable<string> Statements(DatabaseKind kind) =>
        StatementEnd().Split(Comment().Replace(Sql, "")
            .Replace(ClusteredPlaceholder, kind is DatabaseKind.Sqlite ? "WITHOUT ROWID" : "", StringComparison.Ordinal)
            .Replace(AddColumn, kind is DatabaseKind.Sqlite ? "ADD COLUMN" : AddColumn, StringComparison.Ordinal))
            .Select(statement => statement.Trim()).Where(statement => statement.Length > 0);

    private static long? ReadPromise(long version, string name, string sql) =>
        PromiseLine().Match(sql) is { Success: true } match && long.Parse(match.Groups["from"].ValueSpan, CultureInfo.InvariantCulture) is var from && from < version ? from
        : sql.Contains(Promise, StringComparison.Ordinal) ? throw new InvalidOperationException($"{name}: write '{Promise}from NNN on.', with the number of an earlier migration.")
        : null;

    private static string Suffix(DatabaseKind kind) => kind switch
    {
        DatabaseKind.Sqlite => "sqlite",
        DatabaseKind.PostgreSql => "postgresql",
        _ => "cockroachdb",
    };

    [GeneratedRegex(@"^(?<version>\d{3})_[a-z_]+(\.(?<kind>sqlite|postgresql|cockroachdb))?\.sql$")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^-- Works with programs from (?<from>\d{3}) on\.\r?$", RegexOptions.Multiline)]
    private static partial Regex PromiseLine();

    [GeneratedRegex(@";[ \t]*(?:\r?\n|$)")]
    private static partial Regex StatementEnd();

    [GeneratedRegex(@"^[ \t]*--.*\r?\n?", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
