using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

/// <summary>Devices in bad worlds, each from its seed: lost requests, lost answers, restarts, files set back. When the faults stop, every reading is there once.</summary>
public sealed class RandomWorldTests
{
    public static IEnumerable<TheoryDataRow<int>> Seeds => Enumerable.Range(1, 20).Select(seed => new TheoryDataRow<int>(seed));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_nothing_is_lost_and_nothing_stored_twice(int seed)
    {
        var random = new Random(seed);
        await using var world = new EdgeWorld();
        world.Options = world.Options with { BatchReadingsMax = 1 + random.Next(50), BackoffMax = TimeSpan.FromSeconds(1), LivePendingMax = random.Next(3) * 60 };
        await world.RestartAsync();
        world.Cloud.Refuse = static reading => reading.Value % 97 == 96 ? ReadingRefusal.PayloadTooLarge : ReadingRefusal.None;
        world.Cloud.Before = _ => random.Next(8) == 0 ? throw new HttpRequestException(HttpRequestError.ConnectionError, "lost before") : null;
        world.Cloud.LoseAnswer = _ => random.Next(6) == 0;
        var (next, inCopy) = (0, -1);
        for (var step = 0; step < 40; step++)
        {
            switch (random.Next(10))
            {
                case < 4:
                    var count = 1 + random.Next(80);
                    world.Append(count, from: next);
                    next += count;
                    break;
                case < 7:
                    world.Time.Advance(TimeSpan.FromSeconds(2));
                    await world.SyncAsync();
                    break;
                case 7:
                    await world.RestartAsync();
                    break;
                case 8:
                    world.CopyFile();
                    inCopy = next;
                    break;
                default:
                    if (inCopy >= 0)
                    {
                        world.Forget(inCopy, next);
                        inCopy = -1;
                        await world.RestoreCopyAsync();
                    }

                    break;
            }
        }

        world.Cloud.Before = static _ => null;
        world.Cloud.LoseAnswer = static _ => false;
        world.Append(1, from: next++);
        for (var pass = 0; pass < 10 && world.Device.Status.PendingRecords > 0; pass++)
        {
            world.Time.Advance(TimeSpan.FromSeconds(2));
            await world.SyncAsync();
        }

        Assert.Equal(0, world.Device.Status.PendingRecords);
        var stored = world.Cloud.StoredReadings.Select(reading => (int)reading.Value!.Value).ToList();
        Assert.Equal(stored.Distinct().Order(), stored.Order());
        Assert.Equal(Enumerable.Range(0, next).Where(value => value % 97 != 96 && !world.LostWithTheFile.Contains(value)), stored.Order());
        Assert.All(world.Cloud.Streams.Values, stream => Assert.Equal(stream.Watermark, stream.Stored.Count + stream.Refused.Count));
    }
}
