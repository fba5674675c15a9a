namespace EdgeSync.Protocol;

/// <summary>Collects entries into the columns of a <see cref="TelemetryBatch"/>, in the order of their numbers.</summary>
/// <param name="epoch">The stream.</param>
/// <param name="first">The first entry's number.</param>
/// <param name="digestBefore">D(first - 1).</param>
public sealed class TelemetryBatchBuilder(Epoch epoch, long first, Digest digestBefore)
{
    private readonly List<string> _sensors = [];
    private readonly Dictionary<string, int> _sensorIndexes = new(StringComparer.Ordinal);
    private readonly List<int> _indexes = [];
    private readonly List<long> _recordedAt = [];
    private readonly List<double?> _values = [];
    private readonly List<string?> _payloads = [];
    private readonly List<Gap> _gaps = [];
    private readonly List<EntryName?> _replaysOf = [];
    private bool _hasPayloads;
    private bool _hasReplays;

    /// <summary>The first entry's number.</summary>
    public long First { get; } = first;

    /// <summary>D(First - 1).</summary>
    public Digest DigestBefore { get; } = digestBefore;

    /// <summary>The number that the next entry takes.</summary>
    public long NextNumber { get; private set; } = first;

    /// <summary>D(NextNumber - 1): the digest after what was added so far.</summary>
    public Digest DigestAfter { get; private set; } = digestBefore;

    /// <summary>Readings added.</summary>
    public int ReadingCount => _recordedAt.Count;

    /// <summary>Adds the reading with the number <see cref="NextNumber"/> and the digest that the device keeps for it.</summary>
    public void Add(in Reading reading, in Digest digest)
    {
        if (!_sensorIndexes.TryGetValue(reading.Sensor, out var index))
        {
            index = _sensors.Count;
            _sensors.Add(reading.Sensor);
            _sensorIndexes.Add(reading.Sensor, index);
        }

        _indexes.Add(index);
        _recordedAt.Add(reading.RecordedAt);
        _values.Add(reading.Value);
        _payloads.Add(reading.Payload);
        _replaysOf.Add(reading.ReplayOf);
        _hasPayloads |= reading.Payload is not null;
        _hasReplays |= reading.ReplayOf is not null;
        NextNumber++;
        DigestAfter = digest;
    }

    /// <summary>Adds a declared gap.</summary>
    /// <exception cref="ArgumentException">It does not begin at <see cref="NextNumber"/>, or is empty.</exception>
    public void Add(in Gap gap)
    {
        if (gap.From != NextNumber || gap.To < gap.From)
        {
            throw new ArgumentException($"The gap {gap.From}..{gap.To} does not begin at {NextNumber}.", nameof(gap));
        }

        _gaps.Add(gap);
        NextNumber = gap.To + 1;
        DigestAfter = gap.DigestAfter;
    }

    /// <summary>The batch of what was added.</summary>
    /// <param name="boot">The run of the device program that sends it.</param>
    /// <param name="sentAt">The device's clock, microseconds since 1970.</param>
    public TelemetryBatch Build(Boot boot, long sentAt) => new()
    {
        Epoch = epoch,
        First = First,
        DigestBefore = DigestBefore,
        DigestAfter = DigestAfter,
        Boot = boot,
        SentAt = sentAt,
        Sensors = [.. _sensors],
        SensorIndexes = [.. _indexes],
        RecordedAt = [.. _recordedAt],
        Values = [.. _values],
        Payloads = _hasPayloads ? [.. _payloads] : [],
        ReplaysOf = _hasReplays ? [.. _replaysOf] : [],
        Gaps = [.. _gaps],
    };
}
