using System.CommandLine;
using Spectre.Console;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>run</c>: a fleet, its work, and the audit of it.</summary>
internal static class RunVerb
{
    public static Command Create(TimeProvider time)
    {
        var defaults = new RunOptions();
        var devices = Options.Count("--devices", "virtual devices, each with its own SQLite file and certificate", defaults.Devices, 1, 100_000);
        var duration = Options.Duration("--duration", "how long they work, counted from when all are connected; afterwards faults stop, everyone comes online, and the fleet drains", defaults.Duration);
        var drain = Options.Duration("--drain", "the longest the drain may take; without it 20 ms for each of more than 3,000 devices", defaults.Drain);
        var rate = Options.Rate("--rate", "readings per second and device", defaults.Rate);
        var batch = Options.Count("--batch", "most readings per upload", defaults.Batch, 1, Protocol.Limits.BatchReadingsMax);
        var interval = Options.Duration("--sync-interval", "how often a device syncs", defaults.SyncInterval);
        var replay = new Option<string?>("--replay") { Description = "CSV file of real recordings in place of synthetic sensors: header, first column a timestamp, every other numeric column a sensor", HelpName = "FILE" };
        var controlPlane = Options.ControlPlane();
        var database = Options.Database();
        var commands = Options.Count("--commands-per-minute", "commands issued, for the whole fleet", defaults.CommandsPerMinute, 0, 60_000);
        var configWrites = Options.Count("--config-writes-per-minute", "configuration writes for the whole fleet, half by operators, half on devices' own panels", defaults.ConfigWritesPerMinute, 0, 60_000);
        var faults = Options.Faults();
        var lifetime = Options.CertificateLifetime();
        var misbehaving = Options.Count("--misbehaving", "devices that flood the gateway beside their work, at 100 times their rate, whatever it answers", defaults.Misbehaving, 0, 100_000);
        var seed = Options.Count("--seed", "what sensors and faults are drawn from", defaults.Seed, 0, int.MaxValue);
        var workers = Options.OptionalCount("--workers", "processes that carry the fleet; 0 for this one [default: by size, about 2,500 devices each]", "N", 0, 64);
        var data = Options.Data("folder of device files and database; kept and continued [default: temporary, removed after a pass]");
        var report = new Option<string?>("--report") { Description = "write the report to this JSON file", HelpName = "FILE.json" };
        var html = new Option<string?>("--html") { Description = "write the report with charts to this HTML file; it opens without a network", HelpName = "FILE.html" };
        var noLive = new Option<bool>("--no-live") { Description = "plain lines instead of the live view" };

        var verb = new Command("run", "Run a fleet against a control plane, then audit every device (the default verb)")
        {
            devices, duration, drain, rate, batch, interval, replay, controlPlane, database, commands, configWrites, faults, lifetime, misbehaving, seed, workers, data, report, html, noLive,
        };
        verb.SetAction((parsed, ct) =>
        {
            var folder = DataFolder.Of(parsed.GetValue(data));
            var options = new RunOptions
            {
                Devices = parsed.GetValue(devices),
                Duration = parsed.GetValue(duration) ?? defaults.Duration,
                DrainGiven = parsed.GetValue(drain),
                Rate = parsed.GetValue(rate),
                Batch = parsed.GetValue(batch),
                SyncInterval = parsed.GetValue(interval) ?? defaults.SyncInterval,
                Replay = parsed.GetValue(replay),
                ControlPlane = Options.Addresses(parsed.GetValue(controlPlane)!),
                Database = DatabaseChoice.Of(parsed.GetValue(database), folder),
                CommandsPerMinute = parsed.GetValue(commands),
                ConfigWritesPerMinute = parsed.GetValue(configWrites),
                Faults = parsed.GetValue(faults),
                CertificateLifetime = parsed.GetValue(lifetime),
                Misbehaving = parsed.GetValue(misbehaving),
                Seed = parsed.GetValue(seed),
                Workers = parsed.GetValue(workers),
                Report = parsed.GetValue(report),
                Html = parsed.GetValue(html),
                Live = !parsed.GetValue(noLive),
            };
            return RunAsync(options, folder, time, ct);
        });
        return verb;
    }

    private static async Task<int> RunAsync(RunOptions options, DataFolder folder, TimeProvider time, CancellationToken interrupted)
    {
        ReportFile.Require("--report", options.Report);
        ReportFile.Require("--html", options.Html);

        if (options.Replay is { } recording)
        {
            Recording.Read(recording);
        }

        if (options.ControlPlane is not null && !StartedDatabase.MayBeThere(options.Database, folder))
        {
            throw new UsageException("With --control-plane URL the audit needs that control plane's files: give its folder with --data, or its database with --database.");
        }

        folder.Create();
        using var telemetry = ProcessTelemetry.Start("EdgeSync.Simulator");
        var charts = await folder.UseAsync(() => ReportOfAsync(options, folder, time, interrupted));
        if (options.Report is not null)
        {
            ReportFile.Write(options.Report, charts.Report);
        }

        if (options.Html is not null)
        {
            HtmlReport.Write(options.Html, charts);
        }

        Summary.Write(charts.Report, Console.Out);
        return Finish(options, folder, charts.Report);
    }

    private static async Task<ReportCharts> ReportOfAsync(RunOptions options, DataFolder folder, TimeProvider time, CancellationToken interrupted)
    {
        try
        {
            return options.Live && AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
                ? await LiveView.RunAsync(view => new Runner(options, folder, view, time).RunAsync(interrupted))
                : await new Runner(options, folder, new PlainView(Console.Out), time).RunAsync(interrupted);
        }
        catch (OperationCanceledException e) when (interrupted.IsCancellationRequested)
        {
            throw new UsageException("Interrupted before the fleet was connected: there is nothing to report.", e);
        }
    }

    private static int Finish(RunOptions options, DataFolder folder, RunReport report)
    {
        if (report.Verdict != "pass")
        {
            Console.WriteLine($"Everything is kept in {folder.Root}: look again with `audit --data {folder.Root}`{(options.Database.ConnectionString is null ? "" : " and the same --database")}.");
            return ExitCodes.AuditFailed;
        }

        if (folder.IsTemporary)
        {
            Directory.Delete(folder.Root, recursive: true);
        }

        return ExitCodes.Pass;
    }
}
