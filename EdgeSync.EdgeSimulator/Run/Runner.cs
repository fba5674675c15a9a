using System.Diagnostics;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>One run, top to bottom: start, connect, work under faults, heal, drain, stop, audit, report.</summary>
internal sealed class Runner(RunOptions options, DataFolder folder, IRunView view, TimeProvider time)
{
    private readonly Timeline _timeline = new();
    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan OperatorTokenLifetime = TimeSpan.FromDays(30);

    // A device that is killed before it could keep its certificate enrols again.
    private static readonly TimeSpan EnrolmentWithin = TimeSpan.FromDays(30);

    private readonly long _began = time.GetTimestamp();
    private string _phase = "starting";

    /// <param name="interrupted">Ctrl+C: the work ends early, then drain, audit and report as ever.</param>
    public async Task<ReportCharts> RunAsync(CancellationToken interrupted)
    {
        var startedAt = time.GetMicroseconds();
        var cpuBefore = Process.GetCurrentProcess().TotalProcessorTime;
        var continued = FleetFile.TryRead(folder) is not null;
        var fleetFile = FleetFile.OpenOrCreate(folder, options.Seed, options.Devices);
        using var pki = DevelopmentPki.OpenOrCreate(folder.Pki, time);
        using var journal = new Journal(folder.Journals, "run", time);
        using var logs = LoggerFactory.Create(logging => logging.AddLogFile(folder.Logs, "fleet"));
        RunFacts facts;
        await using var database = options.ControlPlane is null
            ? await StartedDatabase.StartAsync(options.Database, folder, time, interrupted)
            : await StartedDatabase.OpenAsync(options.Database, folder, time, interrupted);
        var controlPlane = await ControlPlaneFactory.StartAsync(options, folder, pki, database.ConnectionString, time, interrupted);
        await using (controlPlane)
        {
            var ids = Enumerable.Range(0, options.Devices).Select(fleetFile.DeviceId).ToList();
            using var http = DeviceHttp.OperatorClient(pki.Authority, controlPlane.OperatorAddress, pki.OperatorToken([Access.FleetWrite], OperatorTokenLifetime));
            var client = new OperatorClient(http);
            var secret = await RegisterAsync(client, ids, controlPlane.OperatorAddress, interrupted);
            var fleet = CreateFleet(controlPlane, secret, journal, logs);
            await using (fleet)
            {
                var desk = new OperatorDesk(client, ids, journal, options.Seed, time);
                var chaos = fleet is WorkerFleet workers && options.Faults == FaultLevel.Hostile
                    ? new Chaos(controlPlane as ControlPlaneProcesses, workers, options.Devices, options.Seed, _timeline, time)
                    : null;
                var databaseChaos = options.Faults == FaultLevel.Hostile && database.Server is { } server
                    ? new DatabaseChaos(server, options.Duration, options.Seed, _timeline, time)
                    : null;
                facts = await WorkAsync(fleet, desk, chaos, databaseChaos, database.ConnectionString, interrupted);
                facts = facts with { Stats = fleet.Stats };
            }

            facts = facts with { Others = controlPlane.OtherProcesses + fleet.OtherProcesses };
        }

        Enter("auditing", null);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime - cpuBefore;
        return ReportBuilder.Build(options, folder, database.ConnectionString, facts, _timeline, cpu, startedAt, continued);
    }

    /// <summary>Tells the control plane of the devices.</summary>
    /// <returns>What they enrol with.</returns>
    private static async Task<string> RegisterAsync(OperatorClient client, List<DeviceId> ids, Uri address, CancellationToken ct)
    {
        try
        {
            await client.RegisterAsync(ids.Select((id, number) => new DeviceRegistration(id, $"device-{DataFolder.Name(number)}")), ct);
            return (await client.CreateEnrolmentTokenAsync(new CreateEnrolmentToken(ids.Count, (long)EnrolmentWithin.TotalSeconds), ct)).Secret;
        }
        catch (HttpRequestException e)
        {
            throw new UsageException($"The control plane at {address} does not take devices: {e.Message} Start it with `serve`, on the same --data folder, and pass the addresses that it prints.", e);
        }
    }

    private IFleet CreateFleet(IControlPlane controlPlane, string enrolmentSecret, Journal journal, ILoggerFactory logs)
    {
        var settings = new FleetSettings(
            folder.Root, 0, options.Devices, controlPlane.DeviceAddress, controlPlane.OperatorAddress, enrolmentSecret, options.Rate, options.Batch, options.SyncInterval, options.Replay, options.Faults,
            options.ConfigWritesPerMinute / 2.0, options.Misbehaving, options.Seed);
        return options.WorkerCount == 0
            ? new Fleet(settings, journal, logs, time)
            : new WorkerFleet(settings, options.WorkerCount, folder.Logs, time);
    }

    private async Task<RunFacts> WorkAsync(
        IFleet fleet, OperatorDesk desk, Chaos? chaos, DatabaseChaos? databaseChaos, string database, CancellationToken interrupted)
    {
        using var over = new CancellationTokenSource();
        var showing = ShowAsync(fleet, desk, over.Token);
        Enter("connecting", $"{options.Devices} devices, each with its own SQLite file and certificate; {folder.Root}");
        var connectBegan = time.GetTimestamp();
        await fleet.ConnectAsync(interrupted);
        var connectSeconds = time.GetElapsedTime(connectBegan).TotalSeconds;

        Enter("working", null);
        using var duration = new CancellationTokenSource(options.Duration, time);
        using var work = CancellationTokenSource.CreateLinkedTokenSource(interrupted, duration.Token);
        // A control plane that stays away must not keep an operator waiting for ever.
        using var abandon = new CancellationTokenSource(options.Duration + options.Drain, time);
        var workBegan = time.GetTimestamp();
        await fleet.BeginAsync();
        await Task.WhenAll(
            desk.IssueCommandsAsync(options.CommandsPerMinute, work.Token, abandon.Token),
            desk.WriteConfigAsync((options.ConfigWritesPerMinute + 1) / 2, work.Token, abandon.Token),
            chaos?.RunAsync(work.Token) ?? Task.CompletedTask,
            databaseChaos?.RunAsync(work.Token) ?? Task.CompletedTask,
            Waits.UntilAsync(time, work.Token));
        await fleet.HaltAsync();
        var workSeconds = time.GetElapsedTime(workBegan).TotalSeconds;

        Enter("draining", null);
        await fleet.HealAsync();
        using var patience = new CancellationTokenSource(options.Drain, time);
        var drainBegan = time.GetTimestamp();
        var drained = await DrainAsync(fleet, database, patience.Token);
        var drainSeconds = time.GetElapsedTime(drainBegan).TotalSeconds;
        await over.CancelAsync();
        await showing;
        return new RunFacts(
            connectSeconds, workSeconds, drainSeconds, drained, fleet.Stats, default,
            new FaultCounts(fleet.Stats.Faults, chaos?.ServicesKilled ?? 0, chaos?.WorkersKilled ?? 0, databaseChaos?.Kills ?? 0, chaos?.FilesRolledBack ?? 0));
    }

    // Devices with nothing left, and no command under way: a command that was issued in the last moment still has to travel.
    private async Task<bool> DrainAsync(IFleet fleet, string database, CancellationToken patience)
    {
        try
        {
            while (!await fleet.DrainAsync(patience) || OpenCommands.Count(database) > 0)
            {
                await Task.Delay(DrainPoll, time, patience);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task ShowAsync(IFleet fleet, OperatorDesk desk, CancellationToken over)
    {
        using var timer = new PeriodicTimer(ShowEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                Show(fleet, desk);
            }
        }
        catch (OperationCanceledException)
        {
            Show(fleet, desk);
        }
    }

    private void Show(IFleet fleet, OperatorDesk desk)
    {
        var (elapsed, stats) = (time.GetElapsedTime(_began), fleet.Stats);
        _timeline.Record(_phase, elapsed, stats, desk.Issued);
        view.Show(_phase, elapsed, stats, desk.Issued);
    }

    private void Enter(string phase, string? sentence)
    {
        _phase = phase;
        if (sentence is not null)
        {
            view.Say(sentence);
        }
    }
}

/// <summary>What a run measured beside its audit.</summary>
internal sealed record RunFacts(double ConnectSeconds, double WorkSeconds, double DrainSeconds, bool Drained, FleetStats Stats, ProcessUsage Others, FaultCounts Faults);
