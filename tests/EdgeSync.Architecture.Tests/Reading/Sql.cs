using System.Text.RegularExpressions;

namespace EdgeSync.Architecture.Tests;

/// <summary>Tells SQL from other text by how its lines begin, and which tables it writes and reads. SQL here is written with its keywords in capitals.</summary>
internal static partial class Sql
{
    public static bool IsSql(string text) => Statement().IsMatch(text);

    public static IEnumerable<string> TablesWritten(string sql) => Written().Matches(sql).Select(match => match.Groups["table"].Value).Distinct();

    public static IEnumerable<string> TablesRead(string sql) =>
        Read().Matches(sql).Where(match => !match.Groups["delete"].Success).Select(match => match.Groups["table"].Value).Distinct();

    public static IEnumerable<string> TablesCreated(string sql) => Created().Matches(sql).Select(match => match.Groups["table"].Value).Distinct();

    [GeneratedRegex(@"^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|WITH|REPLACE|PRAGMA|BEGIN|COMMIT|ROLLBACK|VACUUM|ATTACH|TRUNCATE|COPY)(\s|;|$)", RegexOptions.Multiline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\b(INSERT(\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|(?<!DO\s)UPDATE(\s+OR\s+\w+)?|DELETE\s+FROM|TRUNCATE(\s+TABLE)?)\s+(?<table>[a-z_]+)")]
    private static partial Regex Written();

    [GeneratedRegex(@"\b(?<delete>DELETE\s+)?(FROM|JOIN)\s+(?<table>[a-z_]+)")]
    private static partial Regex Read();

    [GeneratedRegex(@"\bCREATE\s+TABLE\s+(IF\s+NOT\s+EXISTS\s+)?(?<table>[a-z_]+)")]
    private static partial Regex Created();
}
