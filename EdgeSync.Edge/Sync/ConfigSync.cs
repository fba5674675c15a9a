using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The configuration exchange: what was written here goes up, what changed there comes down, both merged by the same rules.</summary>
internal sealed class ConfigSync(ControlPlaneClient client, RunIdentity run, ConfigStore store, DeviceConfig config, DeviceAccess access, SyncLogStore syncLog)
{
    private const int RoundsMax = 50;
    private const int BytesMax = Limits.BodyBytesMax / 2;

    private int _entriesMax = Limits.ConfigEntriesMax;
    private bool _hasAskedAnew;

    /// <summary>The intent version that the last exchange reflects.</summary>
    public long HandledVersion { get; private set; }

    /// <summary>Called with the version that was seen before an exchange, and with the one that its answer reflects.</summary>
    public Action<long, long> IntentAnswered { get; set; } = static (_, _) => { };

    /// <summary>Called after values of the control plane were taken.</summary>
    public Action Taken { get; set; } = static () => { };

    /// <summary>Whether the last exchange left something, or none has been made.</summary>
    public bool MustExchange { get; set; } = true;

    /// <summary>Does what there is to do.</summary>
    /// <returns>How it went; null when there was nothing.</returns>
    public async Task<AttemptOutcome?> SyncAsync(long intentSeen, CancellationToken ct)
    {
        AttemptOutcome? outcome = null;
        for (var round = 0; round < RoundsMax && (MustExchange || intentSeen > HandledVersion || store.HasUnsent()); round++)
        {
            ConfigExchange? sent = null;
            var attempt = await run.SendAsync(boot => client.ExchangeConfigAsync(sent = store.ReadExchange(boot, _entriesMax, BytesMax), ct));
            outcome = attempt.Outcome;
            if (attempt.Answer is { } answer)
            {
                Take(sent!, answer, intentSeen);
                intentSeen = HandledVersion;
                if (!answer.More && IsStuck(sent!))
                {
                    return AttemptOutcome.Unreadable($"The answer leaves out the key {sent!.Changes[0].Key} that was sent.");
                }
            }
            else if (!outcome.RefusesBody || !GiveUpOne(sent!, outcome))
            {
                return outcome;
            }
        }

        _entriesMax = Limits.ConfigEntriesMax;
        return outcome;
    }

    private void Take(ConfigExchange sent, ConfigAnswer answer, long intentSeen)
    {
        var changes = store.Apply(sent, answer, config.Reject);
        HandledVersion = answer.IntentVersion;
        IntentAnswered(intentSeen, HandledVersion);
        MustExchange = answer.More;
        if (changes.Count > 0)
        {
            syncLog.Write("config", "applied", $"version {answer.Version}: {string.Join(", ", changes.Take(10).Select(change => change.Key))}");
        }

        syncLog.Write(access.Managed?.Pins.TakeNotes() ?? []);
        config.Tell(changes, byControlPlane: true);
        if (changes.Count > 0)
        {
            Taken();
        }

        if (answer is { More: false, DocumentHash: { } theirs } && store.ReadHash() is { } ours)
        {
            Compare(ours, theirs);
        }
    }

    // Asked once: what a snapshot does not mend, another would not mend either.
    private void Compare(Digest ours, Digest theirs)
    {
        if (ours == theirs)
        {
            _hasAskedAnew = false;
        }
        else if (!_hasAskedAnew)
        {
            store.AskAnew();
            _hasAskedAnew = MustExchange = true;
            syncLog.Write("config", "document-differs", "The control plane's document is not the one that it was; asking for all of it.");
        }
    }

    private bool IsStuck(ConfigExchange sent) => sent.Changes.Count > 0
        && store.ReadExchange(sent.Boot, 1, BytesMax).Changes is [var next] && next.Key == sent.Changes[0].Key && next.Vector.Equals(sent.Changes[0].Vector);

    // Refused as a whole for one entry: sent one by one, the one that is refused alone is kept here and not sent again.
    private bool GiveUpOne(ConfigExchange sent, AttemptOutcome outcome)
    {
        if (sent.Changes.Count > 1)
        {
            _entriesMax = 1;
        }
        else if (sent.Changes.Count == 1)
        {
            store.StopSending(sent.Changes[0]);
            syncLog.Write("config", "write-refused", $"{sent.Changes[0].Key} was refused ({outcome.Code}: {outcome.Error}); it stays in force here and is not sent again.");
        }
        else if (sent.Reports.Count > 0)
        {
            store.DropReports(sent.Reports);
            syncLog.Write("config", "report-refused", $"Reports were refused ({outcome.Code}: {outcome.Error}) and are not sent again.");
        }
        else
        {
            return false;
        }

        return true;
    }
}
