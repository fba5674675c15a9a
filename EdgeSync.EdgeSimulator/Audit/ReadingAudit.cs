using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Compares one device's readings as three witnesses have them: the sensor's journal, the device's file and the control plane's database. Pure: it looks at what
/// they hold, never at counters of the code under test. A sensor never produces two readings with one time, so (sensor, recorded_at) names a reading whatever
/// number it travelled under.
/// </summary>
internal static class ReadingAudit
{
    public static void Check(string device, IReadOnlyList<ProducedReading> produced, DeviceFile? file, StoredDevice stored, AuditResult result)
    {
        var storedByKey = stored.Readings.ToLookup(row => (row.Reading.Sensor, row.Reading.RecordedAt));
        var pending = file?.Pending.Select(reading => (reading.Sensor, reading.RecordedAt)).ToHashSet() ?? [];
        var expired = stored.Streams.ToDictionary(stream => stream.Epoch, stream => stream.Expired);
        foreach (var reading in produced)
        {
            CheckProduced(device, reading, storedByKey, pending, file, stored, expired, result);
        }

        var known = produced.Select(reading => (reading.Reading.Sensor, reading.Reading.RecordedAt)).ToHashSet();
        foreach (var row in stored.Readings.Where(row => !known.Contains((row.Reading.Sensor, row.Reading.RecordedAt))))
        {
            result.Altered++;
            result.Differ($"{device} {row.Name}: stored {Describe(row.Reading)}, which its sensor never produced");
        }

        result.Stored += stored.Readings.Count;
        result.Pending += pending.Count;
    }

    private static void CheckProduced(
        string device,
        ProducedReading produced,
        ILookup<(string, long), StoredReading> storedByKey,
        HashSet<(string, long)> pending,
        DeviceFile? file,
        StoredDevice stored,
        Dictionary<long, long> expired,
        AuditResult result)
    {
        var (reading, name) = produced;
        var key = (reading.Sensor, reading.RecordedAt);
        var rows = storedByKey[key].ToList();
        if (rows.Count == 0 && !pending.Contains(key) && name is null)
        {
            // The device was killed before it could acknowledge it, and did not keep it: it was never promised.
            return;
        }

        result.Produced++;
        if (rows.Count > 1)
        {
            result.Duplicated += rows.Count - 1;
            result.Differ($"{device} {rows[1].Name}: {Describe(reading)} is stored {rows.Count} times, first as {rows[0].Name}");
        }

        if (rows.Count > 0)
        {
            if (!IsSame(rows[0].Reading, reading))
            {
                result.Altered++;
                result.Differ($"{device} {rows[0].Name}: stored {Describe(rows[0].Reading)}, produced {Describe(reading)}");
            }
        }
        else if (!pending.Contains(key))
        {
            Account(device, reading, name!.Value, file, stored, expired, result);
        }
    }

    private static void Account(
        string device, Reading reading, EntryName name, DeviceFile? file, StoredDevice stored, Dictionary<long, long> expired, AuditResult result)
    {
        if (stored.Refusals.ContainsKey(name) || file?.DeadLetters.Contains((reading.Sensor, reading.RecordedAt)) == true)
        {
            result.Refused++;
        }
        else if (stored.Gaps.Any(gap => gap.Epoch == name.Epoch.Value && gap.From <= name.Number && name.Number <= gap.To)
            || file?.Gaps.Any(gap => gap.Epoch == name.Epoch.Value && gap.From <= name.Number && name.Number <= gap.To) == true)
        {
            result.Dropped++;
        }
        else if (expired.GetValueOrDefault(name.Epoch.Value) > 0)
        {
            expired[name.Epoch.Value]--;
            result.Expired++;
        }
        else
        {
            result.Lost++;
            result.Differ($"{device} {name}: {Describe(reading)} was acknowledged to its sensor and is nowhere");
        }
    }

    // The two zeros are one reading.
    private static bool IsSame(in Reading left, in Reading right) =>
        left.Payload == right.Payload
        && left.Value.HasValue == right.Value.HasValue
        && BitConverter.DoubleToInt64Bits(left.Value.GetValueOrDefault() + 0.0) == BitConverter.DoubleToInt64Bits(right.Value.GetValueOrDefault() + 0.0);

    private static string Describe(in Reading reading) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{reading.Sensor} {reading.Value:R}{(reading is { Value: not null, Payload: not null } ? " " : "")}{reading.Payload} at {reading.RecordedAt}");
}
