using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>
/// The corruption drill: whatever is overwritten, the device goes on in another file; nothing that a sensor was told is kept is missing beyond the loss that is reported, and nothing is stored twice.
/// </summary>
public sealed class DamagedFileTests : IAsyncDisposable
{
    private const int PageBytes = 4096;
    private const int Sent = 300;
    private const int Before = 2_300;
    private const int After = 20;

    private readonly EdgeWorld _world = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static IEnumerable<TheoryDataRow<int>> Seeds => Enumerable.Range(1, 16).Select(seed => new TheoryDataRow<int>(seed));

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Pages_overwritten_at_random(int seed)
    {
        var random = new Random(seed);
        await ProduceAsync();

        await _world.DamageAsync(file =>
        {
            for (var damage = 1 + random.Next(4); damage > 0; damage--)
            {
                Overwrite(file, random.NextInt64(file.Length / 512) * 512, 512 << random.Next(4), random);
            }
        });

        await GoOnAsync();
    }

    [Theory]
    [InlineData("header")]
    [InlineData("first page")]
    [InlineData("half of it gone")]
    [InlineData("one page left")]
    [InlineData("nothing left")]
    public async Task A_file_without_its_head_or_tail(string damage)
    {
        await ProduceAsync();

        await _world.DamageAsync(file =>
        {
            switch (damage)
            {
                case "header":
                    Overwrite(file, 0, 100, new Random(1));
                    break;
                case "first page":
                    Overwrite(file, 0, PageBytes, new Random(1));
                    break;
                default:
                    file.SetLength(damage == "half of it gone" ? file.Length / 2 : damage == "one page left" ? PageBytes : 0);
                    break;
            }
        });

        var missing = await GoOnAsync();
        Assert.True(damage is not ("header" or "first page") || missing == 0, $"{damage}: {missing} are missing, and everything could be read.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Damage_that_is_met_while_the_device_runs(bool bySensor)
    {
        await ProduceAsync();
        var boot = _world.Device.Status.Boot;
        _world.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        _world.DamageFile(file => Overwrite(file, PageBytes * 3, (int)file.Length - (PageBytes * 20), new Random(3)));
        _world.Device.Database.Read(() => _world.Device.Database.Statement("PRAGMA shrink_memory").Execute());

        if (bySensor)
        {
            Assert.Equal(1, _world.Append(1, Before).Stored);
        }
        else
        {
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
            Assert.Equal("database-corrupt", _world.Device.Status.Reason);
            _world.Append(1, Before);
        }

        await GoOnAsync(from: Before + 1);
        Assert.True(_world.Device.Status.Boot.Number > boot.Number && _world.Device.Status.Boot.Nonce != boot.Nonce);
    }

    [Fact]
    public async Task What_is_lost_is_known_by_number_and_stands_in_the_ledger()
    {
        await ProduceAsync();
        var old = _world.Device.Status.LiveEpoch;
        await _world.Device.DisposeAsync();
        await _world.DamageAsync(file => Overwrite(file, PageOfReadings(file), PageBytes, new Random(1)));
        var log = await SyncUntilSalvagedAsync();

        var missing = await GoOnAsync();

        var lost = _world.Device.Database.LastSalvage!.Salvaged.Lost!.Value;
        Assert.InRange(lost, 1, 60);
        Assert.Equal(lost, missing);
        Assert.Equal(missing, _world.Cloud.Streams[old].Gaps.Sum(gap => gap.Count));
        Assert.All(_world.Cloud.Streams[old].Gaps, gap => Assert.Equal(GapReason.Corrupt, gap.Reason));
        Assert.Equal(Before, _world.Cloud.Streams[old].Watermark);
        Assert.Contains($"{lost} are lost", log.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_damaged_file_is_kept_and_only_the_newest_few()
    {
        for (var time = 0; time < FileSalvage.QuarantinedMax + 2; time++)
        {
            _world.Append(5, from: time * 5);
            await _world.DamageAsync(file => Overwrite(file, 0, 100, new Random(1)));
        }

        var files = Directory.GetFiles(Path.GetDirectoryName(_world.Options.DatabasePath)!, "*.corrupt-*").Where(file => !file.EndsWith("-shm", StringComparison.Ordinal) && !file.EndsWith("-wal", StringComparison.Ordinal));
        Assert.Equal(FileSalvage.QuarantinedMax, files.Count());
        await _world.SyncAsync();
        await _world.SyncAsync();
        Assert.Equal(25, _world.Cloud.StoredReadings.Count());
    }

    [Theory]
    [InlineData(".salvage")]
    [InlineData(".salvaged")]
    public async Task A_kill_in_the_middle_of_it_loses_nothing(string left)
    {
        _world.Append(50);
        await _world.Device.DisposeAsync();
        _world.DamageFile(file => Overwrite(file, 0, 100, new Random(1)));
        if (left == ".salvage")
        {
            // Half a new file, and the damaged one in its place.
            File.WriteAllBytes(_world.Options.DatabasePath + left, new byte[PageBytes]);
        }
        else
        {
            // The new one complete, the damaged one moved away.
            new FileSalvage(_world.Id, new Entropy(new Random(77)), _world.Time).Run(_world.Options.DatabasePath, "test");
            File.Move(_world.Options.DatabasePath, _world.Options.DatabasePath + left);
        }

        await _world.RestartAsync();
        await _world.SyncAsync();

        Assert.Equal(50, _world.Cloud.StoredReadings.Count());
    }

    private async Task ProduceAsync()
    {
        _world.Append(Sent);
        await _world.SyncAsync();
        _world.Cloud.Before = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "away");
        // A batch whose answer is lost: the control plane has more than the device knows.
        _world.Append(200, Sent);
        (_world.Cloud.Before, _world.Cloud.LoseAnswer) = (static _ => null, static request => request.RequestUri!.AbsolutePath == Routes.Telemetry);
        await _world.SyncAsync();
        _world.Time.Advance(_world.Options.BackoffMax);
        (_world.Cloud.Before, _world.Cloud.LoseAnswer) = (static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "away"), static _ => false);
        for (var from = Sent + 200; from < Before; from += 100)
        {
            _world.Device.Append([.. Enumerable.Range(from, 100).Select(i => new Reading($"sensor-{i % 7}", i, i, i % 50 == 0 ? $"\"{new string('x', 600)}\"" : null))]);
        }

        _world.Device.Config.Set("a", new JsonValue("1"));
    }

    private async Task<SyncLogEntry> SyncUntilSalvagedAsync()
    {
        _world.Cloud.Before = static _ => null;
        for (var pass = 0; pass < 20 && _world.Device.Database.LastSalvage is null; pass++)
        {
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
            _world.Time.Advance(_world.Options.BackoffMax);
        }

        return _world.Device.ReadSyncLog(50).Single(line => line.Event == "salvaged");
    }

    // Damage may show only when the page is read: the readings go on coming meanwhile.
    private async Task<int> GoOnAsync(int from = Before)
    {
        _world.Cloud.Before = static _ => null;
        var next = from;
        for (var pass = 0; pass < 40 && (pass < 3 || _world.Device.Status.PendingRecords > 0); pass++)
        {
            next += next < from + After ? _world.Append(5, next).Stored : 0;
            await _world.Device.Parts.Agent.TryPassAsync(Ct, Ct);
            _world.Time.Advance(_world.Options.BackoffMax);
        }

        var status = _world.Device.Status;
        Assert.True(status is { PendingRecords: 0, Reason: "ok" }, $"{status.PendingRecords} pending, {status.Reason}: {status.LastError}");
        var stored = _world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value).ToList();
        Assert.Equal(stored.Distinct().Count(), stored.Count);
        var missing = Enumerable.Range(0, next).Except(stored).ToList();
        Assert.All(missing, value => Assert.InRange(value, Sent, from - 1));
        var letters = _world.Device.ReadDeadLetters(10_000).Select(letter => (int)(letter.Reading.Value ?? -1)).ToList();
        var salvaged = _world.Device.Database.LastSalvage?.Salvaged;
        Assert.True(
            salvaged is { Lost: null } || missing.Count <= (salvaged?.Lost ?? 0) + letters.Count,
            $"{missing.Count} are missing, and {salvaged?.Lost} were reported; {letters.Count} dead letters.");
        return missing.Count;
    }

    // A leaf of telemetry_data in the middle of what is not sent: only those readings have such payloads.
    private static long PageOfReadings(FileStream file)
    {
        var (page, found) = (new byte[PageBytes], new List<long>());
        for (file.Position = 0; file.Read(page) == PageBytes;)
        {
            if (page[0] == 10 && page.AsSpan().IndexOf("xxxxxxxx"u8) >= 0)
            {
                found.Add(file.Position - PageBytes);
            }
        }

        return found[found.Count / 2];
    }

    private static void Overwrite(FileStream file, long at, int count, Random random)
    {
        var bytes = new byte[Math.Min(count, file.Length - at)];
        random.NextBytes(bytes);
        file.Position = at;
        file.Write(bytes);
    }
}
