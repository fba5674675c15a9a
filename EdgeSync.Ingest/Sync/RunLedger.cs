using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>Two machines have used a device's identity at once.</summary>
internal sealed record CloneProof(DeviceId Device, Boot Run, long DetectedAt);

/// <summary>A run that another has superseded.</summary>
/// <param name="Nonce">Names it.</param>
/// <param name="ByReturned">Whether the other had itself been superseded and came back.</param>
internal sealed record SupersededRun(long Nonce, bool ByReturned);

/// <summary>
/// The runs of device programs in a group of writes: which is the newest, which were superseded, and what that proves. Pure.
/// <para>
/// A run comes back with a higher number only when it lives and was told of the one that superseded it. That alone proves nothing: the other may have been dead, and its message delayed beyond the
/// restoring of an older file. But when the other comes back against it too, both have heard of each other and spoken since. A delayed message keeps its number; a restart, and the first start of a
/// restored file, draw another nonce.
/// </para>
/// </summary>
internal sealed class RunLedger
{
    private readonly Dictionary<DeviceId, Boot> _newest = [];
    private readonly Dictionary<DeviceId, List<SupersededRun>> _superseded = [];
    private readonly List<CloneProof> _proofs = [];
    private readonly Dictionary<(DeviceId Device, long Nonce), (bool ByReturned, long At)> _changed = [];

    /// <summary>Runs that this group has superseded.</summary>
    public IEnumerable<(DeviceId Device, SupersededRun Run, long At)> Changed =>
        _changed.OrderBy(pair => pair.Key).Select(pair => (pair.Key.Device, new SupersededRun(pair.Key.Nonce, pair.Value.ByReturned), pair.Value.At));

    public IReadOnlyList<CloneProof> Proofs => _proofs;

    public void PutNewest(DeviceId device, Boot newest) => _newest[device] = newest;

    public void PutSuperseded(DeviceId device, IEnumerable<SupersededRun> runs) => _superseded[device] = [.. runs];

    /// <summary>Devices of which the superseded runs decide: those where another run than the newest writes.</summary>
    public IEnumerable<DeviceId> ToLookUp(IReadOnlyList<WriteRequest> group) =>
        group.Where(request => _newest.TryGetValue(request.Device, out var newest) && newest.Nonce != request.Boot.Nonce).Select(request => request.Device).Distinct().Order();

    /// <summary>Why a write may not be made, by its run; null when it may.</summary>
    public WriteOutcome? Refuse(WriteRequest request)
    {
        if (!_newest.TryGetValue(request.Device, out var newest))
        {
            return null;
        }

        if (BootRules.IsStale(newest, request.Boot))
        {
            return new WriteOutcome.StaleBoot(newest);
        }

        if (newest.Nonce == request.Boot.Nonce || Find(request) is not { ByReturned: true })
        {
            return null;
        }

        _proofs.Add(new CloneProof(request.Device, request.Boot, request.ReceivedAt));
        // Proved is proved: whoever is left when an operator has looked begins without a past.
        SupersededOf(request.Device).Clear();
        foreach (var key in _changed.Keys.Where(key => key.Device == request.Device).ToList())
        {
            _changed.Remove(key);
        }

        return new WriteOutcome.CloneProved();
    }

    /// <summary>A write of this run is made.</summary>
    public void See(WriteRequest request)
    {
        if (_newest.TryGetValue(request.Device, out var before) && before.Nonce != request.Boot.Nonce)
        {
            var known = SupersededOf(request.Device);
            var run = new SupersededRun(before.Nonce, ByReturned: Find(request) is not null);
            known.RemoveAll(other => other.Nonce == run.Nonce);
            known.Add(run);
            _changed[(request.Device, run.Nonce)] = (run.ByReturned, request.ReceivedAt);
        }

        _newest[request.Device] = request.Boot;
    }

    private SupersededRun? Find(WriteRequest request) => SupersededOf(request.Device).Find(run => run.Nonce == request.Boot.Nonce);

    private List<SupersededRun> SupersededOf(DeviceId device)
    {
        if (!_superseded.TryGetValue(device, out var runs))
        {
            _superseded.Add(device, runs = []);
        }

        return runs;
    }
}
