using EdgeSync.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

/// <summary>Every place where the device's process can be killed between taking a value on probation and the report of how that ended.</summary>
public sealed class ProbationCrashTests : IDisposable
{
    private static readonly ConfigHealth Health = new("pump", 3);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-crash-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly DeviceId _id = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private int _passed;
    private int _files;
    private int? _killAt;
    private bool _isDead;

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_kill_at_any_statement_leaves_all_values_of_a_check_as_before_or_after_and_the_end_is_told(bool holds)
    {
        var kills = 0;
        for (var killAt = 0; ; killAt++)
        {
            using var cloud = new ControlPlaneDouble(_id) { ServerTime = _time.GetMicroseconds };
            cloud.Config.Set("mode", "1");
            cloud.Config.Set("speed", "1");
            (_killAt, _files) = (null, _files + 1);
            await LiveAsync(cloud, holds);
            cloud.Config.Set("mode", "2", health: Health);
            cloud.Config.Set("speed", "2", health: Health);
            (_killAt, _passed) = (killAt, 0);
            var wasKilled = !await LiveAsync(cloud, holds);
            _killAt = null;
            Assert.True(await LiveAsync(cloud, holds));

            var expected = holds ? ("2", ConfigStatus.Applied, "2") : ("1", ConfigStatus.RolledBack, "1");
            await using var device = Open(cloud, holds);
            foreach (var key in (string[])["mode", "speed"])
            {
                var report = cloud.Config.Reports.Last(report => report.Key == key);
                Assert.Equal(expected, (device.Config.Get(key)?.Text, report.Status, report.InForce?.Text));
            }

            if (!wasKilled)
            {
                break;
            }

            kills++;
        }

        Assert.True(kills > 60, $"The device passed only {kills} boundaries.");
    }

    // A process that takes what there is, watches it to its end and reports.
    private async Task<bool> LiveAsync(ControlPlaneDouble cloud, bool holds)
    {
        try
        {
            await using var device = Open(cloud, holds);
            Assert.Equal(device.Config.Get("mode"), device.Config.Get("speed"));
            var ct = TestContext.Current.CancellationToken;
            for (var second = 0; second <= Health.WithinSeconds; second++)
            {
                await device.Parts.Agent.PassAsync(ct, ct);
                await device.Parts.Probations.LookAsync(ct);
                Assert.Equal(device.Config.Get("mode"), device.Config.Get("speed"));
                _time.Advance(TimeSpan.FromSeconds(1));
            }

            await device.Parts.Agent.PassAsync(ct, ct);
            return true;
        }
        catch (KilledException)
        {
            _files++;
            _isDead = false;
            return false;
        }
    }

    private EdgeDevice Open(ControlPlaneDouble cloud, bool holds) => EdgeDevice.Open(
        new EdgeDeviceOptions
        {
            Device = _id,
            DatabasePath = FileOf(_files),
            ControlPlane = new Uri("http://control-plane.test"),
            Durability = Durability.Normal,
            EventStream = false,
            SyncInterval = TimeSpan.FromSeconds(1),
            HeartbeatInterval = TimeSpan.FromHours(1),
            ConfigChecks = new Dictionary<string, ConfigCheck>
            {
                ["pump"] = _ => ValueTask.FromResult(holds ? ConfigCheckResult.Healthy : ConfigCheckResult.Failed("no pressure")),
            },
        },
        new HttpClient(cloud, disposeHandler: false),
        [],
        _time,
        NullLoggerFactory.Instance,
        new Random(_files + 1),
        (_, _) => Pass());

    private string FileOf(int life) => Path.Combine(_directory.FullName, FormattableString.Invariant($"device{life}.db"));

    private void Pass()
    {
        if (_isDead)
        {
            throw new KilledException();
        }

        if (_killAt is { } at && _passed++ == at)
        {
            _isDead = true;
            File.Copy(FileOf(_files), FileOf(_files + 1));
            var wal = new FileInfo(FileOf(_files) + "-wal");
            if (wal.Exists)
            {
                wal.CopyTo(FileOf(_files + 1) + "-wal");
            }

            throw new KilledException();
        }
    }

    private sealed class KilledException : Exception;
}
