using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// The operators of a world: they issue commands and write configuration over a line that is as bad as the devices'. A request without an answer is sent again under its idempotency key until
/// there is one. One request after the other for commands, and one for configuration, so that who wrote first is known.
/// </summary>
internal sealed class WorldOperator
{
    /// <summary>Commands of this kind store a reading in the transaction that records their result.</summary>
    public const string SampleKind = "take-sample";

    private const int WithdrawnOneOf = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WithdrawnMost = TimeSpan.FromSeconds(20);
    private static readonly HttpStatusCode[] Again = [HttpStatusCode.TooManyRequests, HttpStatusCode.RequestTimeout];

    private readonly SimulatedWorld _world;
    private readonly VirtualProcess _process;
    private readonly OperatorClient _client;
    private readonly Random _withdraws;
    private Task _commands = Task.CompletedTask;
    private Task _withdrawals = Task.CompletedTask;
    private Task _configuration = Task.CompletedTask;
    private int _underWay;
    private int _number;

    public WorldOperator(SimulatedWorld world, LinkWeather weather, Random withdraws)
    {
        (_world, Weather, _withdraws) = (world, weather, withdraws);
        _process = world.MakeProcess("operators", new WallClock());
        // A configuration write that arrives twice is two writes.
        var link = new VirtualLink("operators", _process, weather, world.Network, static request => request.Path.Contains("/commands", StringComparison.Ordinal));
        var http = new HttpClient(link) { BaseAddress = new Uri("http://control-plane.test"), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new("Bearer", world.OperatorToken);
        _client = new OperatorClient(http);
    }

    public LinkWeather Weather { get; }

    /// <summary>Whether nothing waits for an answer.</summary>
    public bool IsIdle => _underWay == 0;

    public void Register(IReadOnlyList<WorldDevice> devices) => Begin(ref _commands, () => UntilAnsweredAsync(async ct =>
    {
        await _client.RegisterAsync(devices.Select(device => new DeviceRegistration(device.Id, device.Name)), ct);
        return true;
    }));

    /// <summary>Issues a command.</summary>
    public void Issue(WorldDevice device, CreateCommand command)
    {
        var key = FormattableString.Invariant($"key-{_number++}");
        _world.Record.Keys.Add(key);
        Begin(ref _commands, async () =>
        {
            var issued = _world.Record.World.Commands;
            var isAct = command.Kind == OperatorDesk.ActuateKind;
            if (isAct)
            {
                issued.Add(new IssuedCommand(device.Number, key, null));
            }

            var place = issued.Count - 1;
            var answer = await UntilAnsweredAsync(ct => _client.CreateAsync(device.Id, command with { IdempotencyKey = key }, ct));
            _world.Trace("operators", $"issued {command.Kind} {answer.Id} for {device.Name}");
            if (isAct)
            {
                issued[place] = issued[place] with { Id = answer.Id };
                PerhapsWithdraw(device, answer.Id);
            }
        });
    }

    // While it waits, is on its way or runs: what the device says of it stands in any case.
    private void PerhapsWithdraw(WorldDevice device, CommandId command)
    {
        if (_withdraws.Next(WithdrawnOneOf) != 0)
        {
            return;
        }

        _world.After(WithdrawnMost * Math.Pow(_withdraws.NextDouble(), 2), () => Begin(ref _withdrawals, async () =>
        {
            var isWithdrawn = await UntilAnsweredAsync(ct => _client.CancelAsync(device.Id, command, "not wanted any more", ct));
            _world.Trace("operators", $"{(isWithdrawn ? "withdrew" : "could not withdraw")} {command} of {device.Name}");
        }));
    }

    /// <summary>Writes a configuration key, or deletes it.</summary>
    public void Write(WorldDevice device, string key, JsonValue? value) => Begin(ref _configuration, async () =>
    {
        var writes = _world.Record.WritesOf(device.Number, key);
        await UntilAnsweredAsync(async ct =>
        {
            // Each attempt may be a write of its own.
            writes.OperatorsInDoubt.Add(value);
            if (value is { } set)
            {
                var written = await _client.SetConfigAsync(device.Id, key, new ConfigWrite(set), ct);
                writes.OperatorsInDoubt.Remove(value);
                writes.Operators.Add(written.Entry);
                _world.Trace("operators", $"wrote {key} {written.Entry.Vector} of {device.Name}");
            }
            else
            {
                await _client.DeleteConfigAsync(device.Id, key, ct);
            }

            return true;
        });
    });

    /// <summary>Lets go, when the world is over.</summary>
    public void Release() => _process.Kill();

    private void Begin(ref Task line, Func<Task> act)
    {
        _underWay++;
        var before = line;
        var begun = new TaskCompletionSource();
        line = begun.Task;
        _process.Do(() => _ = RunAsync(before, act, begun));
    }

    private async Task RunAsync(Task before, Func<Task> act, TaskCompletionSource done)
    {
        await before;
        try
        {
            await act();
        }
        catch (HttpRequestException e)
        {
            _world.Find("operators", $"an operator was refused: {e.Message}");
        }

        _underWay--;
        done.SetResult();
    }

    private async Task<T> UntilAnsweredAsync<T>(Func<CancellationToken, Task<T>> send)
    {
        while (true)
        {
            using var patience = new CancellationTokenSource(Patience, _process.Time);
            try
            {
                return await send(patience.Token);
            }
            catch (HttpRequestException e) when (e.StatusCode is null or >= HttpStatusCode.InternalServerError || Again.Contains(e.StatusCode.Value))
            {
                await Task.Delay(Pause, _process.Time);
            }
            catch (OperationCanceledException)
            {
                await Task.Delay(Pause, _process.Time);
            }
        }
    }
}
