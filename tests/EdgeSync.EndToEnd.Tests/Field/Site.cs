using EdgeSync.Edge;
using EdgeSync.EdgeSimulator;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>A control plane and its devices as they run in the field: real services, sockets, certificates and files, in a folder of their own.</summary>
public sealed class Site : IAsyncLifetime
{
    private const int IdentitySeed = 1;
    private const int StartAttemptsMax = 3;
    private const int DevicesMax = 100;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-end-to-end-");
    private readonly List<FieldDevice> _devices = [];
    private readonly DevelopmentPki _pki;
    private readonly Journal _journal;
    private ControlPlaneSettings _settings = null!;
    private InProcessControlPlane? _controlPlane;
    private string _secret = "";

    public Site()
        : this(null)
    {
    }

    /// <param name="database">The connection string of a server; a file of its own where null.</param>
    internal Site(string? database)
    {
        Folder = new DataFolder(_directory.FullName).Create();
        _pki = DevelopmentPki.OpenOrCreate(Folder.Pki, TimeProvider.System);
        _journal = new Journal(Folder.Journals, "site", TimeProvider.System);
        Database = database ?? DatabaseChoice.OfFile(Folder.Database);
    }

    internal DataFolder Folder { get; }

    /// <summary>The connection string of the control plane's database.</summary>
    internal string Database { get; }

    internal DevelopmentPki Pki => _pki;

    internal Uri DeviceAddress => _settings.DeviceAddress;

    internal HttpClient OperatorHttp { get; private set; } = null!;

    internal Operators Operators { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        // A port that was free may be taken before it is used; other ports are then tried.
        for (var attempt = 1; _controlPlane is null; attempt++)
        {
            _settings = ControlPlaneFactory.Settings(Folder, _pki, Database);
            try
            {
                await StartControlPlaneAsync();
            }
            catch (UsageException) when (attempt < StartAttemptsMax)
            {
            }
        }

        OperatorHttp = DeviceHttp.OperatorClient(_pki.Authority, _settings.OperatorAddress, _pki.OperatorToken([Access.FleetWrite], TimeSpan.FromDays(1)));
        Operators = new Operators(OperatorHttp, _journal);
        _secret = await Operators.CreateEnrolmentTokenAsync(DevicesMax);
    }

    /// <summary>Starts it again where it was: same ports, same database.</summary>
    internal async Task StartControlPlaneAsync() => _controlPlane = await InProcessControlPlane.StartAsync(_settings, TestContext.Current.CancellationToken);

    internal async Task StopControlPlaneAsync()
    {
        if (_controlPlane is { } running)
        {
            _controlPlane = null;
            await running.DisposeAsync();
        }
    }

    /// <summary>A device with a certificate of this fleet; its agent does not run yet.</summary>
    /// <param name="shape">Changes its options.</param>
    /// <param name="faults">How bad its network is.</param>
    internal async Task<FieldDevice> AddDeviceAsync(Func<EdgeDeviceOptions, EdgeDeviceOptions>? shape = null, FaultProfile? faults = null)
    {
        var number = _devices.Count;
        var id = FleetFile.OpenOrCreate(Folder, IdentitySeed, number + 1).DeviceId(number);
        var options = new EdgeDeviceOptions
        {
            Device = id,
            DatabasePath = Folder.Device(number),
            ControlPlane = DeviceAddress,
            IdentityFolder = Folder.Identity(number),
            AuthoritiesPath = _pki.Files.Authority,
            Pins = _pki.GatewayPins,
            Enrolment = _settings.OperatorAddress,
            EnrolmentSecret = _secret,
            // Whatever a test waits for has to come by itself, not with the next interval.
            SyncInterval = TimeSpan.FromHours(1),
            HeartbeatInterval = TimeSpan.FromHours(1),
            BackoffInitial = TimeSpan.FromMilliseconds(20),
            BackoffMax = TimeSpan.FromMilliseconds(200),
        };
        var network = new FaultyNetwork(faults ?? FaultProfile.For(FaultLevel.None), new Random(number + 1), TimeProvider.System);
        // Known before it comes, so that operators can leave it something.
        await Operators.RegisterAsync(id);
        var device = new FieldDevice(number, shape?.Invoke(options) ?? options, network, _journal);
        _devices.Add(device);
        return device;
    }

    /// <summary>Another machine with a copy of everything that a device has: its identity and its file as it is now.</summary>
    internal async Task<FieldDevice> AddCopyAsync(FieldDevice original)
    {
        var path = original.CopyFile("stolen.db");
        var copy = await AddDeviceAsync(_ => original.Options with { DatabasePath = path });
        return copy;
    }

    /// <summary>What the control plane has of a device, in the order of its numbers.</summary>
    internal IReadOnlyList<StoredReading> ReadStored(FieldDevice device)
    {
        using var file = ControlPlaneReader.Open(Database);
        return [.. file.Read(device.Id).Readings.OrderBy(row => row.Name.Epoch.Value).ThenBy(row => row.Name.Number)];
    }

    /// <summary>Audits every device of this site against the control plane; anything wrong fails the test with the audit's own words.</summary>
    internal AuditResult AssertBalanced()
    {
        var audit = Auditor.Run(Folder, Database);
        Assert.True(audit.Passed, string.Join('\n', audit.Differences));
        Assert.Equal(audit.Produced, audit.Stored + audit.Refused + audit.Dropped + audit.Expired + audit.Pending);
        return audit;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var device in _devices)
        {
            await device.DisposeAsync();
        }

        await StopControlPlaneAsync();
        OperatorHttp.Dispose();
        _journal.Dispose();
        _pki.Dispose();
        _directory.Delete(recursive: true);
    }
}
