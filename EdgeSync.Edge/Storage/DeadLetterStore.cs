using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A reading that was set aside; it will not be sent again by itself.</summary>
/// <param name="Epoch">Its stream.</param>
/// <param name="Number">Its number there.</param>
/// <param name="Reading">What it held.</param>
/// <param name="Cause">Why: the refusal's word, <c>dead-letter</c> for one refused as a whole batch, <c>corrupt</c> for one altered in the file.</param>
/// <param name="Detail">What was said.</param>
/// <param name="At">When, microseconds since 1970.</param>
public sealed record DeadLetter(Epoch Epoch, long Number, Reading Reading, string Cause, string Detail, long At)
{
    /// <summary>What it is called: a replay names it so.</summary>
    public EntryName Name => new(Epoch, Number);
}

/// <summary>Which dead letters are meant.</summary>
/// <param name="Entry">One alone; null for all that the others allow.</param>
/// <param name="Cause">Those of this cause; null for any.</param>
/// <param name="CountMax">So many at most, in the order of stream and number; 1 to 1,000.</param>
public sealed record DeadLetterSelection(EntryName? Entry = null, string? Cause = null, int CountMax = 100);

/// <summary>What a replay did.</summary>
/// <param name="Replayed">Letters that are new readings now, and letters no more.</param>
/// <param name="Refused">Letters that still cannot be taken, and stay, with the reason.</param>
public sealed record DeadLetterReplay(int Replayed, IReadOnlyList<(EntryName Entry, ReadingRefusal Reason)> Refused);

/// <summary>Readings set aside: listed, sent again as new readings, or discarded.</summary>
internal sealed class DeadLetterStore(DeviceDatabase database, TelemetryStore telemetry)
{
    public const int SelectionMax = 1_000;
    private const string Columns = "epoch, seq, sensor, recorded_at, value, payload, replay_of, cause, detail, at";

    public int Count() => database.Read(() => (int)database.Statement("SELECT COUNT(*) FROM dead_letters").Number()!.Value);

    /// <summary>Those that went because there were too many, ever.</summary>
    public long CountDiscarded() => database.Read(() => database.Statement("SELECT letters_discarded FROM device_state").Number() ?? 0);

    /// <summary>The newest, newest first.</summary>
    public IReadOnlyList<DeadLetter> Read(int count) => database.Read(() =>
        Letters(database.Statement($"SELECT {Columns} FROM dead_letters ORDER BY at DESC, epoch, seq DESC LIMIT ?1").Read(count)));

    /// <summary>In the order of stream and number, after one that need not be there any more.</summary>
    public IReadOnlyList<DeadLetter> Read(int count, EntryName? after, string? cause) => database.Read(() => Letters(database.Statement(
        $"SELECT {Columns} FROM dead_letters WHERE (epoch, seq) > (?1, ?2) AND (?3 IS NULL OR cause = ?3) ORDER BY epoch, seq LIMIT ?4")
        .Read(after?.Epoch.Value ?? 0, after?.Number ?? 0, cause, count)));

    /// <summary>Makes them new readings of the live stream, each of which names the entry that it repeats, in one transaction.</summary>
    public DeadLetterReplay Replay(DeadLetterSelection selection) => database.Write(() =>
    {
        var letters = Select(selection);
        var refused = telemetry.Append([.. letters.Select(letter => letter.Reading with { ReplayOf = letter.Name })]).Refused.ToDictionary(append => append.Index, append => append.Reason);
        foreach (var (_, letter) in letters.Index().Where(pair => !refused.ContainsKey(pair.Index)))
        {
            Delete(letter);
        }

        return new DeadLetterReplay(letters.Count - refused.Count, [.. refused.Select(pair => (letters[pair.Key].Name, pair.Value))]);
    }, WriteClass.Commands);

    /// <summary>Deletes them.</summary>
    /// <returns>Their names.</returns>
    public IReadOnlyList<EntryName> Discard(DeadLetterSelection selection) => database.Write<IReadOnlyList<EntryName>>(() =>
    {
        var letters = Select(selection);
        foreach (var letter in letters)
        {
            Delete(letter);
        }

        return [.. letters.Select(letter => letter.Name)];
    });

    /// <summary>Discards the oldest where there are more than so many.</summary>
    /// <returns>How many went.</returns>
    public int Trim(int most)
    {
        var over = Count() - most;
        return over <= 0 ? 0 : database.Write(() =>
        {
            database.Statement("DELETE FROM dead_letters WHERE (epoch, seq) IN (SELECT epoch, seq FROM dead_letters ORDER BY at, epoch, seq LIMIT ?1)").Execute(over);
            database.Statement("UPDATE device_state SET letters_discarded = letters_discarded + ?1").Execute(over);
            return over;
        });
    }

    private IReadOnlyList<DeadLetter> Select(DeadLetterSelection selection) => selection.Entry is { } entry
        ? [.. Letters(database.Statement($"SELECT {Columns} FROM dead_letters WHERE epoch = ?1 AND seq = ?2 AND (?3 IS NULL OR cause = ?3)").Read(entry.Epoch.Value, entry.Number, selection.Cause))]
        : Read(Math.Clamp(selection.CountMax, 1, SelectionMax), null, selection.Cause);

    private void Delete(DeadLetter letter) =>
        database.Statement("DELETE FROM dead_letters WHERE epoch = ?1 AND seq = ?2").Execute(letter.Epoch.Value, letter.Number);

    private static List<DeadLetter> Letters(Statement.Rows rows)
    {
        using var reader = rows;
        var letters = new List<DeadLetter>();
        while (reader.Read())
        {
            var reading = new Reading(reader.GetString(2), reader.GetInt64(3), reader.GetReal(4), reader.GetText(5), reader.GetEntryName(6));
            letters.Add(new DeadLetter(reader.GetEpoch(0), reader.GetInt64(1), reading, reader.GetString(7), reader.GetString(8), reader.GetInt64(9)));
        }

        return letters;
    }
}
