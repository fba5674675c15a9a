using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What happens to a world, a step at a time: work for it, and faults. Each kind draws from a source of its own.</summary>
internal sealed class WorldSteps
{
    private const int BurstMost = 150;
    private static readonly TimeSpan FaultMost = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TurnMost = TimeSpan.FromSeconds(1);
    private static readonly FaultKind[] Faults = [FaultKind.Partition, FaultKind.DeviceKill, FaultKind.Power, FaultKind.Rollback, FaultKind.Disk, FaultKind.Database, FaultKind.Clock, FaultKind.ServiceKill];

    private readonly SimulatedWorld _world;
    private readonly Random _pace;
    private readonly Random _work;
    private readonly Random _which;
    private readonly Random _turns;
    private readonly Dictionary<FaultKind, Random> _draws;
    private readonly WorldRollbacks _rollbacks;

    public WorldSteps(SimulatedWorld world, Randomness randomness)
    {
        _world = world;
        (_pace, _work, _which, _turns) = (randomness.For("pace"), randomness.For("work"), randomness.For("which"), randomness.For("turns"));
        _draws = Faults.ToDictionary(kind => kind, kind => randomness.For($"steps {kind}"));
        _rollbacks = new WorldRollbacks(world);
    }

    /// <summary>How long until the next step.</summary>
    public TimeSpan Pause() => _pace.Exponential(_world.Plan.StepEvery);

    public void Do(int step)
    {
        if (_which.Next(4) != 0)
        {
            Work();
            return;
        }

        var kind = Faults[_which.Next(Faults.Length)];
        // Drawn in any case: a fault that is left out moves no other.
        var (chance, device) = (_draws[kind].NextDouble(), _world.Devices[_draws[kind].Next(WorldSettings.DevicesLimit) % _world.Devices.Count]);
        if (chance < Math.Sqrt(_world.ChanceOf(kind)))
        {
            Break(kind, device, _draws[kind]);
        }
    }

    private WorldDevice Device() => _world.Devices[_work.Next(_world.Devices.Count)];

    private void Work()
    {
        var (draw, device) = (_work.NextDouble(), Device());
        if (draw < 0.35 * _world.Plan.Commands)
        {
            _world.Operator.Issue(device, DrawCommand());
        }
        else if (draw < 0.4 && _world.Plan.Configuration > _work.NextDouble())
        {
            var (key, value) = SharedConfig.Draw(_work, WallClock.Beginning + _world.Now);
            if (_work.Next(2) == 0)
            {
                _world.Operator.Write(device, key, value);
            }
            else
            {
                var isOwn = _turns.Next(4) == 0;
                Turn(device, isOwn ? WorldRollbacks.OwnKey : key, isOwn ? WorldRollbacks.DrawOwn(_turns) : value);
            }
        }
        else
        {
            device.Produce(_work.Next(15) == 0 ? 1 + _work.Next(BurstMost) : 1 + _work.Next(8));
        }
    }

    // Whoever turns a knob does not stop at the first value: the next ones come while the first is on its way.
    private void Turn(WorldDevice device, string key, JsonValue? value)
    {
        device.TurnKnob(key, value);
        var at = TimeSpan.Zero;
        for (var more = _turns.Next(2) * _turns.Next(1, 4); more > 0; more--)
        {
            var (next, wait) = (key == WorldRollbacks.OwnKey ? WorldRollbacks.DrawOwn(_turns) : SharedConfig.DrawValue(_turns, key), Math.Pow(_turns.NextDouble(), 2));
            at += TurnMost * wait;
            _world.After(at, () => device.TurnKnob(key, next));
        }
    }

    private CreateCommand DrawCommand()
    {
        var expires = 5 + (int)(600 * Math.Pow(_work.NextDouble(), 2));
        var supersedes = _work.Next(8) == 0 ? "position" : null;
        return _work.Next(20) switch
        {
            < 11 => new CreateCommand(OperatorDesk.ActuateKind, new JsonValue(FormattableString.Invariant($$"""{"position": {{_work.Next(100)}}}""")), expires, Supersedes: supersedes),
            < 15 => new CreateCommand(WorldOperator.SampleKind, null, expires),
            < 16 => new CreateCommand("ping", null, expires),
            < 17 => new CreateCommand("set-interval", new JsonValue(FormattableString.Invariant($$"""{"milliseconds": {{500 + _work.Next(10_000)}}}""")), expires),
            < 18 => new CreateCommand("pause", null, expires),
            < 19 => new CreateCommand("resume", null, expires),
            _ => new CreateCommand("collect-nothing", null, expires),
        };
    }

    private void Break(FaultKind kind, WorldDevice device, Random random)
    {
        switch (kind)
        {
            case FaultKind.Partition:
                var which = random.Next(3);
                (device.Weather.IsCutUp, device.Weather.IsCutDown) = (which != 1, which != 0);
                _world.Trace(device.Name, $"is cut {(which == 0 ? "up" : which == 1 ? "down" : "off")}");
                _world.After(random.UpTo(FaultMost), () => (device.Weather.IsCutUp, device.Weather.IsCutDown) = (false, false));
                break;
            case FaultKind.DeviceKill when random.Next(2) == 0:
                device.Restart();
                break;
            case FaultKind.DeviceKill:
                device.Kill("is killed");
                break;
            case FaultKind.ServiceKill:
                _world.Services.Kill(VirtualService.Names[random.Next(VirtualService.Names.Count)], "is killed");
                break;
            case FaultKind.Power:
                _rollbacks.CutPower(device, random);
                break;
            case FaultKind.Rollback when random.Next(3) == 0:
                _rollbacks.Copy(device, random);
                break;
            case FaultKind.Rollback when random.Next(2) == 0:
                _rollbacks.Relapse(device, random);
                break;
            case FaultKind.Rollback:
                _rollbacks.PutBack(device, random);
                break;
            case FaultKind.Disk:
                device.Disk = (DiskFault)(1 + random.Next(3));
                _world.Trace(device.Name, $"disk is {device.Disk}");
                _world.After(random.UpTo(FaultMost), () => device.Disk = DiskFault.None);
                break;
            case FaultKind.Database:
                _world.Services.Disk = (DiskFault)(1 + random.Next(3));
                _world.Trace("database", $"is {_world.Services.Disk}");
                _world.After(random.UpTo(FaultMost / 2), () => _world.Services.Disk = DiskFault.None);
                break;
            case FaultKind.Clock:
                SetClock(device, random);
                break;
        }
    }

    private void SetClock(WorldDevice device, Random random)
    {
        var days = random.Next(4) == 0 ? 4_000 : random.Next(2) == 0 ? 1 : 0.01;
        var offset = TimeSpan.FromDays(days * ((2 * random.NextDouble()) - 1));
        var drift = (random.NextDouble() - 0.5) / 100;
        // The control plane's clock may be some minutes off, and is set by little.
        var (clock, whose) = random.Next(4) == 0 ? (_world.Services.Clock, "control plane") : (device.Clock, device.Name);
        clock.Offset = clock == device.Clock ? offset : TimeSpan.FromMinutes((4 * random.NextDouble()) - 2);
        clock.Drift = drift;
        _world.Trace(whose, FormattableString.Invariant($"clock is {clock.Offset.TotalSeconds:F3} s ahead"));
    }
}
