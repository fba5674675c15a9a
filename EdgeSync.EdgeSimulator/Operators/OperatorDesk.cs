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

    private const int ConfigKeys = 5;
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
        return AtRateAsync(perMinute, async number =>
        {
            var device = devices[random.Next(devices.Count)];
            var key = ConfigKey(random);
            var value = new JsonValue(random.Next(1_000).ToString(CultureInfo.InvariantCulture));
            await UntilAnsweredAsync(ct => client.SetConfigAsync(device, key, new ConfigWrite(value), ct), abandon);
        }, stop);
    }

    /// <summary>One of a few keys, so that operators and panels meet.</summary>
    public static string ConfigKey(Random random) => string.Create(CultureInfo.InvariantCulture, $"panel.key{random.Next(ConfigKeys)}");

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
