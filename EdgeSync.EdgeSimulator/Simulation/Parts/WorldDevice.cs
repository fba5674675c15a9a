using EdgeSync.Edge;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EdgeSimulator;

/// <summary>One device of a world: the real agent and store on its own file, killed and started again as the world will have it.</summary>
internal sealed class WorldDevice(int number, DeviceId id, SimulatedWorld world, Random random, Random kills)
{
    private const int CommandWeight = 20;
    private static readonly TimeSpan RestartMost = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan HandlerMost = TimeSpan.FromSeconds(8);
    private static readonly string[] Sensors = ["temperature", "pressure", "status"];

    private readonly DeviceFiles _files = new(world.FolderOf(number));
    private readonly LinkWeather _weather = world.WeatherOf(number);
    private Action _stop = static () => { };
    private long? _killAfter;
    private bool _isLooking;
    private bool _wasFull;
    private int _runs;

    public int Number => number;

    public DeviceId Id => id;

    public string Name => FormattableString.Invariant($"device-{number}");

    public WallClock Clock { get; } = new();

    public LinkWeather Weather => _weather;

    public DiskFault Disk
    {
        get;
        set => (field, _wasFull) = (value, _wasFull || value == DiskFault.Full);
    }

    public DeviceFiles Files => _files;

    /// <summary>The present run; null while the device is off.</summary>
    public EdgeDevice? Running { get; private set; }

    public VirtualProcess? Process { get; private set; }

    /// <summary>Called before a request leaves it.</summary>
    public Action<string> Sending { get; set; } = static _ => { };

    /// <summary>Starts a run.</summary>
    public void Start()
    {
        if (Process is { IsDead: false })
        {
            return;
        }

        Process = world.MakeProcess(FormattableString.Invariant($"{Name}.{++_runs}"), Clock);
        _killAfter = kills.Geometric(world.ChanceOf(FaultKind.StatementKill) * 0.002);
        Process.Do(() => Open(Process));
    }

    /// <summary>Kills the run; what is on the disk stays as it is, or as <paramref name="left"/> makes it.</summary>
    public void Kill(string how, Func<DeviceFiles.Copy, DeviceFiles.Copy>? left = null)
    {
        if (Process is not { IsDead: false } process)
        {
            return;
        }

        world.Trace(Name, how);
        process.Kill();
        var (device, copy) = (Running, _files.Read());
        Running = null;
        _files.Continue(copy is null || left is null ? copy : left(copy));
        // What runs now may be in the middle of a statement.
        world.After(TimeSpan.Zero, () => device?.Database.Dispose());
        world.After(random.UpTo(RestartMost), Start);
    }

    /// <summary>Stops the run in order, and starts another.</summary>
    public void Restart()
    {
        if (Process is { IsDead: false } && Running is not null)
        {
            world.Trace(Name, "stops");
            _stop();
        }
    }

    /// <summary>Sensors produce; what the device says it keeps is promised.</summary>
    public void Produce(int count) => InProcess(device =>
    {
        var readings = Enumerable.Range(0, count).Select(_ => Draw()).ToList();
        var place = world.Record.Producing(number, readings);
        var kept = device.Append(readings);
        world.Record.Kept(number, place, kept.Epoch, kept.First, kept.Stored);
        world.Trace(Name, $"keeps {kept.Stored} readings from {kept.First} of {kept.Epoch}");
    });

    /// <summary>Somebody writes a key on its panel.</summary>
    public void TurnKnob(string key, JsonValue? value) => InProcess(device =>
    {
        world.Record.Turning(number, key, value);
        var entry = value is { } set ? device.Config.Set(key, set) : device.Config.Delete(key);
        world.Record.Turned(number, key, value, entry);
        world.Trace(Name, $"panel writes {key} {entry.Vector}");
    });

    /// <summary>Reads its present state, apart from whatever breaks its statements.</summary>
    public T Look<T>(Func<EdgeDevice, T> look)
    {
        _isLooking = true;
        try
        {
            return look(Running!);
        }
        finally
        {
            _isLooking = false;
        }
    }

    /// <summary>Lets go of its file, when the world is over.</summary>
    public void Release()
    {
        Process?.Kill();
        Running?.Database.Dispose();
        Running = null;
    }

    private void InProcess(Action<EdgeDevice> act) => Process?.Do(() =>
    {
        if (Running is not { } device)
        {
            return;
        }

        try
        {
            act(device);
        }
        catch (Exception e) when (IsOfItsDisk(e))
        {
            world.Trace(Name, $"refuses: {e.Message}");
        }
    });

    private void Open(VirtualProcess process)
    {
        try
        {
            var link = new VirtualLink(Name, process, _weather, world.Network, static _ => true);
            var http = new HttpClient(new Outgoing(link, this)) { Timeout = Timeout.InfiniteTimeSpan };
            Running = EdgeDevice.Open(world.OptionsOf(id) with { DatabasePath = _files.Path }, http, Handlers(process), process.Time, world.LogsOf(process), random, Pass);
            Running.Config.Changed += (_, change) => Hear(change);
            world.Trace(Name, FormattableString.Invariant($"starts with {Running.Config.All().Count} keys"));
            _ = RunAsync(Running, process);
        }
        catch (Exception e) when (IsOfItsDisk(e))
        {
            // A supervisor starts it again, until it can.
            Kill("cannot start");
        }
    }

    // What the device only foresees of a conflict it still has to send: a later write may take its place.
    private void Hear(ConfigChangedEventArgs change)
    {
        if (change.ByControlPlane && !Look(device => WorldCheckStore.IsUnsent(device, change.Key)))
        {
            world.Record.GiveUp(number, change.Key);
        }
    }

    private async Task RunAsync(EdgeDevice device, VirtualProcess process)
    {
        using var stop = new CancellationTokenSource();
        // From outside, as a signal comes.
        _stop = () => world.After(TimeSpan.Zero, () => Stop(process, stop));
        try
        {
            await device.RunAsync(stop.Token);
        }
        catch (Exception e) when (e is not ProcessKilledException && !process.IsDead)
        {
            world.Find("agent", $"{Name}: the agent ended: {e}");
            return;
        }

        if (!process.IsDead)
        {
            Kill("is stopped");
        }
    }

    private static void Stop(VirtualProcess process, CancellationTokenSource stop)
    {
        if (!process.IsDead)
        {
            stop.Cancel();
        }
    }

    private Reading Draw()
    {
        var at = world.Record.UniqueTime(number, Clock.At(world.Now).ToUnixTimeMilliseconds() * 1_000);
        var sensor = Sensors[random.Next(Sensors.Length)];
        return sensor == "status"
            ? new Reading(sensor, at, null, FormattableString.Invariant($$"""{"n": {{random.Next(1_000)}}}"""))
            : new Reading(sensor, at, random.Next(100_000) / 100.0);
    }

    private void Pass(string sql, bool isAfter)
    {
        if (_isLooking)
        {
            return;
        }

        Process!.ThrowIfDead();
        if (_killAfter is { } left && world.IsFaulty)
        {
            _killAfter = left - WeightOf(sql);
            if (_killAfter <= 0)
            {
                Kill($"is killed {(isAfter ? "after" : "before")} {sql[..Math.Min(40, sql.Length)].ReplaceLineEndings(" ")}");
                throw new ProcessKilledException();
            }
        }

        if (!isAfter && DiskFaultRules.Before(Disk, sql) is { } fault)
        {
            throw fault;
        }
    }

    // Commands are rarer than readings, and a kill around a change of one is worth more.
    private static int WeightOf(string sql) => DiskFaultRules.IsUpdateOf(sql, "command_queue") ? CommandWeight : 1;

    // One that was full says so until it has noticed that its disk has room again.
    private bool IsOfItsDisk(Exception exception) => exception is DeviceFullException ? _wasFull : Disk != DiskFault.None && exception is SqliteException or DeviceDatabaseException;

    private CommandHandler[] Handlers(VirtualProcess process) =>
    [
        new CommandHandler(OperatorDesk.ActuateKind, MayRunAgain: false, async (command, ct) =>
        {
            var (before, wait) = (random.Next(2) == 0, random.Next(2) == 0 ? random.UpTo(HandlerMost) : TimeSpan.Zero);
            if (before && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, process.Time, ct);
            }

            process.ThrowIfDead();
            world.Record.Effect(command.Id);
            world.Trace(Name, $"acts on {command.Id}");
            if (!before && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, process.Time, ct);
            }

            return command.Payload;
        }),
        CommandHandler.InTransaction(WorldOperator.SampleKind, transaction =>
        {
            var reading = new Reading("sample", world.Record.UniqueTime(number, process.Time.GetMicroseconds()), null, $"\"{transaction.Command.Id}\"");
            world.Record.Producing(number, [reading]);
            world.Record.Samples[transaction.Command.Id] = world.Record.Samples.GetValueOrDefault(transaction.Command.Id) + 1;
            transaction.Append([reading]);
            return null;
        }),
    ];

    private sealed class Outgoing(VirtualLink link, WorldDevice device) : DelegatingHandler(link)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            device.Sending(request.RequestUri!.AbsolutePath);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
