using System.Net.Http.Headers;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Benchmarks;

/// <summary>What a device does when it hears of something.</summary>
internal enum Reaction
{
    /// <summary>Nothing: what the event itself costs.</summary>
    None,

    /// <summary>It pulls.</summary>
    Pull,

    /// <summary>It pulls, and reports each command as received and as done.</summary>
    Complete,
}

/// <summary>When a device heard of something and had what it heard of, timestamps; 0 where it did not pull.</summary>
internal readonly record struct Heard(long EventAt, long PulledAt);

/// <summary>A device with an event stream, as the agent has it, without a database.</summary>
internal sealed class WaitingDevice(DeviceId id, HttpClient streams, HttpClient calls, TimeProvider time)
{
    private static readonly Boot Boot = new(1, 11);
    private static readonly Epoch Epoch = new(81);
    private static readonly string PullPath = $"{Routes.Commands}?epoch={Epoch}&boot={Boot.Number}&nonce={Boot.Nonce}";

    private readonly string _token = TestTokens.Shared.ForDevice(id);
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TaskCompletionSource<Heard>? _next;

    public DeviceId Id => id;

    public Reaction Reaction { get; set; } = Reaction.Complete;

    /// <summary>Told of each command whose result was confirmed.</summary>
    public Action<CommandId>? Completed { get; set; }

    /// <summary>The first event has come.</summary>
    public Task Connected => _connected.Task;

    /// <summary>The next event from now on, and what it reacted with.</summary>
    public Task<Heard> NextAsync()
    {
        var next = new TaskCompletionSource<Heard>(TaskCreationOptions.RunContinuationsAsynchronously);
        _next = next;
        return next.Task;
    }

    /// <summary>Holds the stream until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Routes.Events) { Version = streams.DefaultRequestVersion, VersionPolicy = streams.DefaultVersionPolicy };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
            using var response = await streams.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            response.EnsureSuccessStatusCode();
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ct), bufferSize: 256);
            while (await reader.ReadLineAsync(ct) is { } line)
            {
                if (line.StartsWith("data:", StringComparison.Ordinal))
                {
                    await HearAsync(time.GetTimestamp(), ct);
                }
            }

            throw new InvalidOperationException($"The event stream of device {id} ended.");
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The run is over.
        }
        catch (Exception e)
        {
            _connected.TrySetException(e);
            _next?.TrySetException(e);
            throw;
        }
    }

    public Task<CommandDelivery> PullAsync(CancellationToken ct) => CommandsPair.SendAsync<CommandDelivery>(calls, HttpMethod.Get, PullPath, null, _token, ct);

    /// <summary>Reports commands as received and then as done.</summary>
    public async Task CompleteAsync(CommandDelivery delivery, CancellationToken ct)
    {
        var commands = delivery.Commands.Select(command => command.Id).ToList();
        await CommandsPair.SendAsync<ReceiptAnswer>(calls, HttpMethod.Post, Routes.CommandReceipts, new ReceiptRequest(Boot, Epoch, commands), _token, ct);
        await CommandsPair.SendAsync<ResultAnswer>(
            calls, HttpMethod.Post, Routes.CommandResults, new ResultRequest(Boot, Epoch, [.. commands.Select(command => new CommandResult(command, CommandOutcome.Succeeded, 1))]), _token, ct);
        commands.ForEach(command => Completed?.Invoke(command));
    }

    private async Task HearAsync(long eventAt, CancellationToken ct)
    {
        // The first event says where the stream begins.
        if (_connected.TrySetResult())
        {
            return;
        }

        var next = _next;
        var pulledAt = 0L;
        for (var more = Reaction != Reaction.None; more;)
        {
            var delivery = await PullAsync(ct);
            pulledAt = pulledAt == 0 ? time.GetTimestamp() : pulledAt;
            if (Reaction == Reaction.Complete && delivery.Commands.Count > 0)
            {
                await CompleteAsync(delivery, ct);
            }

            more = delivery.More && Reaction == Reaction.Complete;
        }

        next?.TrySetResult(new Heard(eventAt, pulledAt));
    }
}
