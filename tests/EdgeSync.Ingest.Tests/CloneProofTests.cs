using CsCheck;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

/// <summary>The proof that two machines use one identity: never by what happens to one machine, always by two that go on.</summary>
public sealed class CloneProofTests
{
    private static readonly TestDevice Device = new();

    /// <summary>What may happen to one device: it sends, it is started anew, its file is restored to an earlier start, a message of any earlier moment arrives late.</summary>
    private static readonly Gen<(int Kind, int Pick)> Event = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1_000]);

    [Fact]
    public void Restarts_restored_files_and_delayed_messages_prove_nothing() => Event.Array[1, 60].Sample(events =>
    {
        var cloud = new Cloud();
        var machine = new Machine(fileBoot: 0, nonceSeed: 1);
        var travelling = new List<Boot>();
        foreach (var (kind, pick) in events)
        {
            switch (kind)
            {
                case 0:
                    machine.Send(cloud, travelling, arrives: pick % 3 > 0);
                    break;
                case 1:
                    machine.Restart();
                    break;
                case 2:
                    machine.Restore(pick);
                    break;
                default:
                    if (travelling.Count > 0)
                    {
                        cloud.Receive(travelling[pick % travelling.Count]);
                    }

                    break;
            }

            Assert.False(cloud.HasProof);
        }
    }, iter: 3_000);

    [Fact]
    public void Two_machines_that_go_on_are_found() => Gen.Select(Gen.Int[0, 20], Gen.Bool.Array[8, 30]).Sample((copiedAt, turns) =>
    {
        var cloud = new Cloud();
        var original = new Machine(fileBoot: copiedAt, nonceSeed: 1);
        original.Send(cloud, [], arrives: true);
        var copy = new Machine(fileBoot: copiedAt, nonceSeed: 1_000_000);
        // Each speaks a few times, in any order; then in turn, for as long as a round takes.
        foreach (var first in turns.Concat([true, false, true, false]))
        {
            (first ? original : copy).Send(cloud, [], arrives: true);
        }

        Assert.True(cloud.HasProof);
    }, iter: 500);

    [Fact]
    public void Who_is_left_after_the_proof_is_let_in_again()
    {
        var cloud = new Cloud();
        var (original, copy) = (new Machine(fileBoot: 0, nonceSeed: 1), new Machine(fileBoot: 0, nonceSeed: 1_000_000));
        for (var turn = 0; !cloud.HasProof; turn++)
        {
            (turn % 2 == 0 ? original : copy).Send(cloud, [], arrives: true);
        }

        cloud.HasProof = false;
        original.Send(cloud, [], arrives: true);
        original.Send(cloud, [], arrives: true);

        Assert.False(cloud.HasProof);
        Assert.IsType<WriteOutcome.HeartbeatKept>(cloud.LastOutcome);
    }

    private static HeartbeatRequest Heartbeat(Boot boot, long at) => new(Device.Id, new Heartbeat(boot, at, "1", "ok", at, 0, 0, 0, []), at);

    private sealed class Cloud
    {
        private readonly GroupLedger _ledger = new(serverTime: 1);
        private long _now;

        public bool HasProof { get; set; }

        public WriteOutcome? LastOutcome { get; private set; }

        public WriteOutcome Receive(Boot boot)
        {
            var outcome = LastOutcome = _ledger.Decide(Heartbeat(boot, ++_now));
            HasProof |= outcome is WriteOutcome.CloneProved;
            return outcome;
        }
    }

    /// <summary>A device's program, as RunIdentity does it: a number counted in the file, a nonce in memory, raised when told that it is stale.</summary>
    private sealed class Machine
    {
        private readonly List<long> _copies = [0];
        private long _fileBoot;
        private long _nonce;
        private Boot _boot;

        public Machine(long fileBoot, long nonceSeed)
        {
            (_fileBoot, _nonce) = (fileBoot, nonceSeed);
            Restart();
        }

        public void Restart()
        {
            _copies.Add(_fileBoot);
            _boot = new Boot(++_fileBoot, ++_nonce);
        }

        public void Restore(int pick)
        {
            _fileBoot = _copies[pick % _copies.Count];
            _boot = new Boot(++_fileBoot, ++_nonce);
        }

        public void Send(Cloud cloud, List<Boot> travelling, bool arrives)
        {
            for (var attempt = 0; attempt <= 3; attempt++)
            {
                travelling.Add(_boot);
                if (!arrives || cloud.Receive(_boot) is not WriteOutcome.StaleBoot(var newest))
                {
                    return;
                }

                _fileBoot = Math.Max(newest.Number, _boot.Number) + 1;
                _boot = _boot with { Number = _fileBoot };
            }
        }
    }
}
