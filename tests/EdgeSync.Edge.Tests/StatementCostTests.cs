using EdgeSync.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

/// <summary>How many statements on its file what a device does all day takes: a cost that no noise of a machine hides.</summary>
public sealed class StatementCostTests : IAsyncDisposable
{
    private const string SynchronousSql = "SELECT synchronous FROM pragma_synchronous()";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-cost-");
    private readonly DeviceId _id = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly List<string> _statements = [];
    private readonly ControlPlaneDouble _cloud;
    private readonly EdgeDevice _device;
    private long? _synchronousAtMark;

    public StatementCostTests()
    {
        _cloud = new ControlPlaneDouble(_id) { ServerTime = _time.GetMicroseconds };
        var options = new EdgeDeviceOptions
        {
            Device = _id,
            DatabasePath = Path.Combine(_directory.FullName, "device.db"),
            ControlPlane = new Uri("http://control-plane.test"),
            Durability = Durability.Normal,
            EventStream = false,
            EmergencyReserveBytes = 0,
            ReceiptInterval = null,
        };
        _device = EdgeDevice.Open(options, new HttpClient(_cloud, disposeHandler: false), [], _time, NullLoggerFactory.Instance, new Random(1), Note);
    }

    [Fact]
    public async Task What_a_device_does_all_day_takes_few_statements()
    {
        Append(3);
        await PassAsync();
        await PassAsync();

        Assert.Equal(["BEGIN IMMEDIATE", "INSERT", "INSERT", "INSERT", "UPDATE streams", "COMMIT"], Count(() => Append(3)));
        await PassAsync();
        var idle = await CountAsync(PassAsync);
        Append(3);
        var upload = await CountAsync(PassAsync);

        Assert.True(idle.Count <= 4, $"An idle pass takes {idle.Count} statements:\n{string.Join('\n', idle)}");
        Assert.True(upload.Count <= 16, $"An upload takes {upload.Count} statements:\n{string.Join('\n', upload)}");
    }

    [Fact]
    public async Task Every_upload_finds_its_readings_on_the_disk()
    {
        for (var upload = 0; upload < 3; upload++)
        {
            _synchronousAtMark = null;
            Append(1);
            await PassAsync();

            // 2 is FULL: the commit of the mark waits for the disk, and with it everything before.
            Assert.Equal(2, _synchronousAtMark);
            Assert.Equal(1, _device.Database.Read(() => _device.Database.Statement(SynchronousSql).Number()));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _device.DisposeAsync();
        _cloud.Dispose();
        _directory.Delete(recursive: true);
    }

    private void Note(string sql, bool isAfter)
    {
        if (isAfter || sql == SynchronousSql)
        {
            return;
        }

        _statements.Add(sql.StartsWith("INSERT INTO telemetry_data", StringComparison.Ordinal) ? "INSERT" : sql.StartsWith("UPDATE streams", StringComparison.Ordinal) ? "UPDATE streams" : sql);
        if (sql == StateStore.DurableMarkSql)
        {
            _synchronousAtMark = _device.Database.Statement(SynchronousSql).Number();
        }
    }

    private void Append(int count) => _device.Append([.. Enumerable.Range(0, count).Select(i => new Reading("temperature", _time.GetMicroseconds() + i, i))]);

    private Task PassAsync()
    {
        _time.Advance(TimeSpan.FromSeconds(5));
        return _device.Parts.Agent.PassAsync(TestContext.Current.CancellationToken, TestContext.Current.CancellationToken);
    }

    private List<string> Count(Action work)
    {
        _statements.Clear();
        work();
        return [.. _statements];
    }

    private async Task<List<string>> CountAsync(Func<Task> work)
    {
        _statements.Clear();
        await work();
        return [.. _statements];
    }
}
