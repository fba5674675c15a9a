namespace EdgeSync.ServiceDefaults;

/// <summary>Which files a database still needs. Pure.</summary>
internal static class MigrationPlan
{
    /// <summary>The files that were not applied yet, in order.</summary>
    /// <exception cref="MigrationException">The database is newer than this program, or an applied file has changed since.</exception>
    public static IReadOnlyList<MigrationFile> Pending(IReadOnlyList<MigrationFile> files, IReadOnlyList<AppliedMigration> applied)
    {
        var known = files.ToDictionary(file => file.Version);
        foreach (var migration in applied)
        {
            if (!known.TryGetValue(migration.Version, out var file))
            {
                throw new MigrationException(
                    $"The database has migration {migration.Name}, which this program does not know: it goes up to {files[^1].Name}. Start the newer program, or restore an older database.");
            }

            if (file.Checksum != migration.Checksum)
            {
                throw new MigrationException($"Migration {file.Name} was applied with other content. Never change a file that was released; add a new one.");
            }
        }

        return [.. files.Where(file => applied.All(migration => migration.Version != file.Version))];
    }
}

/// <summary>The schema cannot be brought up to date; the message says what to do.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
