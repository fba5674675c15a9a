using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What a writer does with a group of requests about commands.</summary>
internal sealed class DeliveryWork(DeliveryStore store, CommandsOptions options, CommandsMetrics metrics) : GroupWork<CommandRequest, DeliveryOutcome>
{
    // A statement may have 16 MiB on CockroachDB, and a character up to three bytes.
    private const long TextCharactersMax = 4 * 1024 * 1024;

    /// <summary>A device has one request in a group, or creations alone: what a request decides upon is read before the first one of the group is decided.</summary>
    public override Func<CommandRequest, bool> NewRoom()
    {
        var creates = new Dictionary<DeviceId, bool>();
        var (requests, characters) = (0, 0L);
        return next =>
        {
            if (requests > 0 && (requests >= options.CommitRequestsMax || characters + next.TextCharacters > TextCharactersMax))
            {
                return false;
            }

            if (creates.TryGetValue(next.Device, out var createdBefore) && !(createdBefore && next is CreateRequest))
            {
                return false;
            }

            creates[next.Device] = next is CreateRequest;
            (requests, characters) = (requests + 1, characters + next.TextCharacters);
            return true;
        };
    }

    public override Task<IReadOnlyList<DeliveryOutcome>> WriteAsync(IReadOnlyList<CommandRequest> group, CancellationToken ct) => store.WriteAsync(group, ct);

    public override DeliveryOutcome Stopping() => NotTaken.Stopping;

    public override void Committed(IReadOnlyList<CommandRequest> group, TimeSpan duration) => metrics.Committed(duration, group.Count);
}
