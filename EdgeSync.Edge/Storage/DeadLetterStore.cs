using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>A reading that was set aside; it will not be sent again by itself.</summary>
/// <param name="Epoch">Its stream.</param>
/// <param name="Number">Its number there.</param>
/// <param name="Reading">What it held.</param>
/// <param name="Cause">Why: the refusal's word, <c>dead-letter</c> for one refused as a whole batch, <c>corrupt</c> for one altered in the file.</param>
/// <param name="Detail">What was said.</param>
/// <param name="At">When, microseconds since 1970.</param>
public sealed record DeadLetter(Epoch Epoch, long Number, Reading Reading, string Cause, string Detail, long At);

/// <summary>Readings set aside.</summary>
internal sealed class DeadLetterStore(DeviceDatabase database)
{
    public int Count() => database.Read(() => (int)database.Statement("SELECT COUNT(*) FROM dead_letters").Number()!.Value);

    /// <summary>The newest, newest first.</summary>
    public IReadOnlyList<DeadLetter> Read(int count) => database.Read(() =>
    {
        var letters = new List<DeadLetter>();
        using var reader = database.Statement(
            "SELECT epoch, seq, sensor, recorded_at, value, payload, replay_of, cause, detail, at FROM dead_letters ORDER BY at DESC, epoch, seq DESC LIMIT ?1").Read(count);
        while (reader.Read())
        {
            var reading = new Reading(reader.GetString(2), reader.GetInt64(3), reader.GetReal(4), reader.GetText(5), reader.GetEntryName(6));
            letters.Add(new DeadLetter(reader.GetEpoch(0), reader.GetInt64(1), reading, reader.GetString(7), reader.GetString(8), reader.GetInt64(9)));
        }

        return letters;
    });
}
