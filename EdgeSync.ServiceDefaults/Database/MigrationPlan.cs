namespace EdgeSync.ServiceDefaults;

/// <summary>What a program does about the schema that a database has. Pure.</summary>
/// <param name="Pending">The files that were not applied yet, in order.</param>
/// <param name="Newer">The names of migrations of later programs, which work with this one.</param>
internal sealed record MigrationPlan(IReadOnlyList<MigrationFile> Pending, IReadOnlyList<string> Newer)
{
    /// <summary>Compares a program's files with what was applied.</summary>
    /// <exception cref="MigrationException">The database is newer than this program works with, or an applied file has changed since.</exception>
    public static MigrationPlan Of(IReadOnlyList<MigrationFile> files, IReadOnlyList<AppliedMigration> applied)
    {
        var known = files.ToDictionary(file => file.Version);
        foreach (var migration in applied)
        {
            if (!known.TryGetValue(migration.Version, out var file))
            {
                CheckNewer(migration, files[^1]);
            }
            else if (file.Checksum != migration.Checksum)
            {
                throw new MigrationException($"Migration {file.Name} was applied with other content. Never change a file that was released; add a new one.");
            }
        }

        var newer = applied.Where(migration => !known.ContainsKey(migration.Version)).Select(migration => migration.Name).ToList();
        var pending = files.Where(file => applied.All(migration => migration.Version != file.Version)).ToList();
        return newer.Count == 0 || pending.Count == 0
            ? new MigrationPlan(pending, newer)
            : throw new MigrationException($"The database has migration {newer[0]}, which this program does not know, and lacks {pending[0].Name}: they are of two histories. Start the program that made this database, or restore it.");
    }

    private static void CheckNewer(AppliedMigration migration, MigrationFile newest)
    {
        if (migration.Version < newest.Version || migration.WorksFrom is not { } from)
        {
            throw new MigrationException($"The database has migration {migration.Name}, which this program does not know: it goes up to {newest.Name}. Start the newer program, or restore an older database.");
        }

        if (from > newest.Version)
        {
            throw new MigrationException(
                $"The database has migration {migration.Name}, which works with programs from {from:D3} on: this one goes up to {newest.Name}. Start a newer program, or restore an older database.");
        }
    }
}

/// <summary>The schema cannot be brought up to date; the message says what to do.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
