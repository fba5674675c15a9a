using System.Globalization;
using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Devices' files that go back in time: older copies that are put back, and power cuts that take what was not on the disk yet.</summary>
internal sealed class WorldRollbacks
{
    // What a file holds when these leave is stored and not answered.
    private static readonly string[] Sendings = [Routes.Telemetry, Routes.Telemetry, Routes.CommandReceipts, Routes.CommandResults, Routes.Config];

    /// <summary>A key that panels write and no operator.</summary>
    public const string OwnKey = "panel.own";

    private static readonly TimeSpan UnheardMost = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ToldMost = TimeSpan.FromSeconds(40);

    private readonly SimulatedWorld _world;
    private readonly Dictionary<WorldDevice, Kept> _copies = [];
    private readonly Dictionary<WorldDevice, string> _copyAt = [];
    private readonly Dictionary<WorldDevice, Kept> _durable = [];

    public WorldRollbacks(SimulatedWorld world)
    {
        _world = world;
        var losesCommits = world.Plan.Durability == Durability.Normal && world.Plan.StrengthOf(FaultKind.Power) > 0;
        foreach (var device in world.Devices)
        {
            device.Sending = path =>
            {
                // One commit to the disk precedes these, whatever the disk has of what came before.
                if (losesCommits && path is Routes.Telemetry or Routes.CommandReceipts)
                {
                    Keep(_durable, device);
                }

                if (_copyAt.TryGetValue(device, out var at) && path == at)
                {
                    _copyAt.Remove(device);
                    Copy(device);
                }
            };
        }
    }

    /// <summary>The device is copied now, or in the middle of what it sends next.</summary>
    public void Copy(WorldDevice device, Random random)
    {
        if (random.Next(2) == 0)
        {
            Copy(device);
        }
        else
        {
            _copyAt[device] = Sendings[random.Next(Sendings.Length)];
        }
    }

    /// <summary>A value of the key of that name.</summary>
    public static JsonValue DrawOwn(Random random) => new(random.Next(1_000).ToString(CultureInfo.InvariantCulture));

    private void Copy(WorldDevice device)
    {
        if (Keep(_copies, device))
        {
            _world.Trace(device.Name, "is copied");
        }
    }

    public void PutBack(WorldDevice device, Random random)
    {
        // The same copy may be put back again, or one that is made before the device knows that it went back.
        var copiesAgain = random.Next(2) == 0;
        if (_copies.TryGetValue(device, out var kept) && GoBack(device, kept, "goes back to an older copy", copy => copy) && copiesAgain)
        {
            _copyAt[device] = Routes.Telemetry;
        }
    }

    /// <summary>
    /// A device goes back and works on unheard, so that it counts again what the control plane has already; it is copied before anyone has told it, and goes back to that copy once
    /// it was told.
    /// </summary>
    public void Relapse(WorldDevice device, Random random)
    {
        var (readings, turns, unheard, told) = (1 + random.Next(8), random.Next(3), random.UpTo(UnheardMost), random.UpTo(ToldMost));
        if (!_copies.TryGetValue(device, out var kept) || !GoBack(device, kept, "goes back to an older copy and is not heard", copy => copy))
        {
            return;
        }

        device.Weather.IsCutUp = true;
        device.Start();
        _world.After(unheard / 2, () =>
        {
            device.Produce(readings);
            for (var turn = 0; turn < turns; turn++)
            {
                device.TurnKnob(OwnKey, DrawOwn(random));
            }
        });
        _world.After(unheard, () =>
        {
            if (_world.IsFaulty)
            {
                Copy(device);
            }

            device.Weather.IsCutUp = false;
        });
        _world.After(unheard + told, () =>
        {
            if (_world.IsFaulty && _copies.TryGetValue(device, out var again))
            {
                GoBack(device, again, "goes back to a copy of what had gone back", copy => copy);
            }
        });
    }

    public void CutPower(WorldDevice device, Random random)
    {
        var torn = random.Next(2) == 0;
        DeviceFiles.Copy Left(DeviceFiles.Copy copy) => torn ? DeviceFiles.Tear(copy, random) : copy;
        if (random.Next(2) == 0 && _durable.TryGetValue(device, out var kept))
        {
            GoBack(device, kept, "loses power and what was not on its disk", Left);
        }
        else
        {
            device.Kill("loses power", Left);
        }
    }

    private bool Keep(Dictionary<WorldDevice, Kept> copies, WorldDevice device)
    {
        if (device.Running is null || device.Files.Read() is not { } copy)
        {
            return false;
        }

        copies[device] = new Kept(copy, _world.Record.MarkOf(device.Number));
        return true;
    }

    private bool GoBack(WorldDevice device, Kept kept, string how, Func<DeviceFiles.Copy, DeviceFiles.Copy> left)
    {
        if (device.Process is not { IsDead: false })
        {
            return false;
        }

        _world.Record.World.RolledBack.Add(device.Number);
        _world.Record.TakeBack(device.Number, kept.Mark, _world.StoredOf(device));
        device.Kill(how, _ => left(kept.Copy));
        return true;
    }

    private sealed record Kept(DeviceFiles.Copy Copy, WorldRecord.Mark Mark);
}
