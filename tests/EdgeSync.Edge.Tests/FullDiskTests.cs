using System.Diagnostics;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>The disk drill: a file system of 16 MB that is really full, once by the readings themselves and once by another program. Needs Linux and root, to mount it.</summary>
public sealed class FullDiskTests : IAsyncDisposable
{
    private static readonly string Payload = $"\"{new string('x', 600)}\"";

    private const int DiskBytes = 16 * 1024 * 1024;

    private readonly EdgeWorld _world = new();
    private readonly DirectoryInfo _disk = Directory.CreateTempSubdirectory("edgesync-disk-");
    private bool _isMounted;
    private int _next;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        if (_isMounted)
        {
            Run("umount", _disk.FullName);
        }

        _disk.Delete(recursive: true);
    }

    [Theory]
    [InlineData(WhenFull.RefuseNew, null)]
    [InlineData(WhenFull.DropOldest, null)]
    [InlineData(WhenFull.DropOldest, 10L * 1024 * 1024)]
    [InlineData(WhenFull.Downsample, null)]
    public async Task A_disk_that_the_readings_fill_is_drained_and_every_number_is_accounted_for(WhenFull policy, long? bytesMax)
    {
        await OpenAsync(policy, bytesMax);
        var accepted = Fill(rounds: 60);
        Assert.True(bytesMax is not null || _world.Device.Status.Storage!.Refused + _world.Device.Status.Storage.Dropped > 0);

        // The agent is up, and says what it did.
        _world.Cloud.Commands.Create("ping");
        await DrainAsync();
        await _world.RunCommandsAsync();
        await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);

        AssertAccounted(accepted);
        Assert.Single(_world.Cloud.Commands.Results);
        Assert.Equal(200, Append(200));
        await DrainAsync();
        Assert.Contains(_world.Device.ReadSyncLog(1_000), line => line.Event == "disk-full");
    }

    [Fact]
    public async Task A_disk_that_another_program_fills_stops_nothing_that_was_begun_and_room_that_returns_is_used()
    {
        await OpenAsync(WhenFull.RefuseNew, null);
        var accepted = Fill(rounds: 3);
        var other = Path.Combine(_disk.FullName, "other");
        Occupy(other);
        accepted += Fill(rounds: 30);
        Assert.True(_world.Device.Status.Storage!.Refused > 0);

        // With no byte left the readings that are there go to the control plane.
        await DrainAsync();
        AssertAccounted(accepted);

        File.Delete(other);
        await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        accepted += Fill(rounds: 3);
        await DrainAsync();
        AssertAccounted(accepted);
        Assert.True(File.Exists(_world.Options.DatabasePath + "-reserve"));
        Assert.Contains(_world.Device.ReadSyncLog(1_000), line => line.Event == "disk-room");
    }

    private async Task OpenAsync(WhenFull policy, long? bytesMax)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a file system needs Linux and root.");
        _isMounted = Run("mount", "-t", "tmpfs", "-o", $"size={DiskBytes}", "tmpfs", _disk.FullName) == 0;
        Assert.SkipUnless(_isMounted, "This machine lets nobody mount a file system.");
        _world.Options = _world.Options with
        {
            DatabasePath = Path.Combine(_disk.FullName, "device.db"),
            WhenFull = policy,
            DatabaseBytesMax = bytesMax,
            EmergencyReserveBytes = 512 * 1024,
            BatchReadingsMax = 1_000,
        };
        await _world.RestartAsync();
    }

    private int Append(int count)
    {
        var stored = _world.Device.Append([.. Enumerable.Range(_next, count).Select(i => new Reading("temperature", i, i, Payload))]).Stored;
        _next += count;
        return stored;
    }

    private int Fill(int rounds)
    {
        var accepted = 0;
        for (var round = 0; round < rounds; round++)
        {
            try
            {
                accepted += Append(500);
            }
            catch (DeviceFullException)
            {
                _next += 500;
            }
        }

        return accepted;
    }

    // To the last byte.
    private static void Occupy(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1);
        var (block, count) = (new byte[64 * 1024], 64 * 1024);
        while (count > 0)
        {
            try
            {
                file.Write(block, 0, count);
            }
            catch (IOException)
            {
                count /= 2;
            }
        }
    }

    private async Task DrainAsync()
    {
        for (var pass = 0; pass < 200 && _world.Device.Status.PendingRecords > 0; pass++)
        {
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
            _world.Time.Advance(_world.Options.HeartbeatInterval);
        }

        await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
        Assert.Equal((0, "ok"), (_world.Device.Status.PendingRecords, _world.Device.Status.Reason));
    }

    private void AssertAccounted(int accepted)
    {
        var (stored, gaps) = (_world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value).ToList(), _world.Cloud.Streams.Values.SelectMany(stream => stream.Gaps).Sum(gap => gap.Count));
        Assert.Equal(stored.Count, stored.Distinct().Count());
        Assert.Equal(accepted, stored.Count + gaps);
        Assert.Equal(_world.Device.Status.Storage!.Dropped, gaps);
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
