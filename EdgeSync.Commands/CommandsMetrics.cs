using System.Diagnostics.Metrics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What this service counts, meter <c>EdgeSync.Commands</c>.</summary>
internal sealed class CommandsMetrics
{
    public const string MeterName = "EdgeSync.Commands";

    private readonly Counter<long> _created;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _configWrites;
    private readonly Counter<long> _conflicts;
    private readonly Counter<long> _certificates;
    private readonly Counter<long> _quarantined;
    private readonly Histogram<double> _deliverySeconds;
    private readonly Histogram<double> _seconds;
    private readonly Histogram<double> _commitSeconds;
    private readonly Histogram<int> _commitRequests;

    public CommandsMetrics(IMeterFactory meters, DeviceSignals signals)
    {
        var meter = meters.Create(MeterName);
        _created = meter.CreateCounter<long>("edgesync.commands.created", "{command}", "Commands created");
        _sent = meter.CreateCounter<long>("edgesync.commands.sent", "{command}", "Commands sent to devices, resends included");
        _ended = meter.CreateCounter<long>("edgesync.commands.ended", "{command}", "Commands that came to an end, by state");
        _configWrites = meter.CreateCounter<long>("edgesync.config.writes", "{write}", "Configuration writes that were taken, by writer");
        _conflicts = meter.CreateCounter<long>("edgesync.config.conflicts", "{conflict}", "Concurrent configuration writes that were resolved, by rule");
        _certificates = meter.CreateCounter<long>("edgesync.certificates.issued", "{certificate}", "Certificates issued for devices, by enrolment or renewal");
        _quarantined = meter.CreateCounter<long>("edgesync.devices.quarantined", "{device}", "Devices stopped because two machines have used their identity");
        _deliverySeconds = meter.CreateHistogram("edgesync.commands.delivery.duration", "s", "From a command's creation to its receipt", advice: HistogramBuckets.Delay);
        _seconds = meter.CreateHistogram("edgesync.commands.duration", "s", "From a command's creation to its end, by state", advice: HistogramBuckets.Delay);
        _commitSeconds = meter.CreateHistogram("edgesync.commands.commit.duration", "s", "Transactions of groups of creations, pulls, receipts and results", advice: HistogramBuckets.Work);
        _commitRequests = meter.CreateHistogram("edgesync.commands.commit.requests", "{request}", "Requests in such a group", advice: HistogramBuckets.Sizes);
        meter.CreateObservableGauge("edgesync.commands.waiting_devices", () => signals.WaitingDevices, "{device}", "Devices with an event stream or a long-poll here");
    }

    public void Created(int commands) => _created.Add(commands);

    /// <summary>Counts a group.</summary>
    public void Committed(TimeSpan duration, int requests)
    {
        _commitSeconds.Record(duration.TotalSeconds);
        _commitRequests.Record(requests);
    }

    /// <summary>Counts what was committed for one request.</summary>
    public void Committed(DeliveryOutcome outcome)
    {
        switch (outcome)
        {
            case CommandCreated created:
                Created(1);
                Stepped(created.Superseded);
                break;
            case LeaseOutcome lease:
                Stepped(lease.Steps);
                _sent.Add(lease.Delivery.Commands.Count);
                break;
            case ReceiptOutcome receipt:
                Stepped(receipt.Steps);
                break;
            case ResultOutcome result:
                Stepped(result.Steps);
                break;
        }
    }

    /// <summary>Counts steps that were committed.</summary>
    public void Stepped(IReadOnlyList<CommandStep> steps)
    {
        foreach (var (command, createdAt) in steps)
        {
            if (command.CompletedAt is { } completedAt)
            {
                Ended(command.State, command.IsLate);
                _seconds.Record((completedAt - createdAt) / 1e6, new KeyValuePair<string, object?>("state", Words.Of(command.State)));
            }
            else if (command is { State: CommandState.Delivered, Delivery.At: var deliveredAt })
            {
                _deliverySeconds.Record((deliveredAt - createdAt) / 1e6);
            }
        }
    }

    public void Ended(CommandState state, bool late) =>
        _ended.Add(1, new KeyValuePair<string, object?>("state", Words.Of(state)), new KeyValuePair<string, object?>("late", late));

    public void ConfigWritten(string by, int writes) => _configWrites.Add(writes, new KeyValuePair<string, object?>("by", by));

    public void Conflicts(IReadOnlyList<ConfigConflict> conflicts)
    {
        foreach (var conflict in conflicts)
        {
            _conflicts.Add(1, new KeyValuePair<string, object?>("rule", Words.Of(conflict.Rule)));
        }
    }

    public void CertificateIssued(string by) => _certificates.Add(1, new KeyValuePair<string, object?>("by", by));

    public void Quarantined() => _quarantined.Add(1);
}
