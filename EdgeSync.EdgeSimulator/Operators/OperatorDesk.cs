using System.Globalization;
using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Operators at work: commands and configuration at a steady rate to devices drawn from the seed. A request whose answer was lost is sent again under its
/// idempotency key until the control plane has answered.
/// </summary>
internal sealed class OperatorDesk(OperatorClient client, IReadOnlyList<DeviceId> devices, Journal journal, int seed, TimeProvider time)
{
    /// <summary>Commands of this kind are effects in the world: they may not run twice.</summary>
    public const string ActuateKind = "actuate";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>Commands that the control plane has taken.</summary>
    public int Issued { get; private set; }

    /// <summary>Issues commands until <paramref name="stop"/>; what was begun is finished until <paramref name="abandon"/>.</summary>
    public Task IssueCommandsAsync(int perMinute, CancellationToken stop, CancellationToken abandon)
    {
        var random = new Random(seed);
        return AtRateAsync(perMinute, async number =>
        {
            var device = random.Next(devices.Count);
            var key = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyyMMddHHmmssfff}-{Environment.ProcessId}-{number}");
            var payload = new JsonValue(string.Create(CultureInfo.InvariantCulture, $$"""{"position": {{random.Next(100)}}}"""));
            journal.Issuing(device, key);
            var command = await UntilAnsweredAsync(ct => client.CreateAsync(devices[device], new CreateCommand(ActuateKind, payload, 3_600, key), ct), abandon);
            journal.Issued(device, key, command.Id);
            Issued++;
        }, stop);
    }

    /// <summary>Writes configuration until <paramref name="stop"/>.</summary>
    public Task WriteConfigAsync(int perMinute, CancellationToken stop, CancellationToken abandon)
    {
        var random = new Random(unchecked(seed + 1));
        var numbers = Enumerable.Range(0, devices.Count).ToList();
        return AtRateAsync(perMinute, async _ =>
        {
            var device = SharedConfig.DrawDevice(random, numbers);
            var (key, value) = SharedConfig.Draw(random, time.GetUtcNow());
            await UntilAnsweredAsync(ct => WriteConfigAsync(device, key, value, ct), abandon);
        }, stop);
    }

    private async Task<bool> WriteConfigAsync(int device, string key, JsonValue? value, CancellationToken ct)
    {
        var call = journal.OperatorWriting(device, key, value);
        if (value is not { } set)
        {
            return await client.DeleteConfigAsync(devices[device], key, ct);
        }

        journal.OperatorWrote(device, call, (await client.SetConfigAsync(devices[device], key, new ConfigWrite(set), ct)).Entry);
        return true;
    }

    private async Task AtRateAsync(int perMinute, Func<int, Task> act, CancellationToken stop)
    {
        if (perMinute == 0)
        {
            return;
        }

        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1) / perMinute, time);
        try
        {
            for (var number = 0; await timer.WaitForNextTickAsync(stop); number++)
            {
                await act(number);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over; what was begun and not answered stands in the journal as begun.
        }
    }

    private async Task<T> UntilAnsweredAsync<T>(Func<CancellationToken, Task<T>> send, CancellationToken abandon)
    {
        while (true)
        {
            try
            {
                return await send(abandon);
            }
            catch (HttpRequestException e) when (e.StatusCode is null or >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests)
            {
                await Task.Delay(RetryAfter, time, abandon);
            }
        }
    }
}
