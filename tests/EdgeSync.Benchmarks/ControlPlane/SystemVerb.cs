using System.CommandLine;
using EdgeSync.EdgeSimulator;

namespace EdgeSync.Benchmarks;

/// <summary><c>system</c>: the control plane as it runs, against what its database can do.</summary>
internal static class SystemVerb
{
    public static async Task<int> InvokeAsync(string[] args)
    {
        var defaults = new SystemSettings();
        var devices = Count("--devices", "devices, each with one stream; at least as many as requests in flight", defaults.Devices);
        var repetitions = Count("--repetitions", "repetitions that are counted; one more before them warms up", defaults.Repetitions);
        var inFlight = Count("--in-flight", "requests in flight", defaults.InFlight);
        var readings = Count("--readings", "readings of a measurement; half of them in batches of 10, a tenth of them without grouping", defaults.Readings);
        var connections = Count("--connections", "devices that reach the gateway over mutual TLS, a connection each", defaults.Connections);
        var instances = Count("--instances", "instances of ingest behind the gateway; one is measured besides", defaults.Instances);
        var only = new Option<string>("--only") { Description = "measure only ways whose name has this in it, and direct unnest", DefaultValueFactory = _ => "", HelpName = "TEXT" };
        var peer = new Option<string?>("--peer") { Description = "measure a peer besides: mosquitto, which must be installed", HelpName = PeerStage.Mosquitto };
        peer.AcceptOnlyFromAmong(PeerStage.Mosquitto);
        var peerKill = new Option<bool>("--peer-kill") { Description = "kill the peer's broker at the end, and count what it had confirmed and lost" };
        var json = new Option<string?>("--json") { Description = "write every measurement to this file", HelpName = "FILE.json" };
        var root = new RootCommand("Measures direct writing into PostgreSQL, ingest alone, and the control plane behind its gateway over mutual TLS, all in one run against the same database.")
        {
            devices, repetitions, inFlight, readings, connections, instances, only, peer, peerKill, json,
        };
        root.SetAction(async (parsed, ct) =>
        {
            var settings = new SystemSettings
            {
                Devices = parsed.GetValue(devices),
                Repetitions = parsed.GetValue(repetitions),
                InFlight = parsed.GetValue(inFlight),
                Readings = parsed.GetValue(readings),
                Connections = parsed.GetValue(connections),
                Instances = parsed.GetValue(instances),
                Only = parsed.GetValue(only)!,
                Peer = parsed.GetValue(peer) is not null,
                PeerKill = parsed.GetValue(peerKill),
            };
            if (settings is { PeerKill: true, Peer: false })
            {
                throw new UsageException($"--peer-kill needs --peer {PeerStage.Mosquitto}.");
            }

            if (settings.Devices < settings.InFlight)
            {
                throw new UsageException($"--devices {settings.Devices} is fewer than --in-flight {settings.InFlight}; a device has one request in flight.");
            }

            var (results, losses) = await SystemBenchmark.RunAsync(settings, TimeProvider.System, Console.Error, ct);
            await Console.Out.WriteAsync(ResultTable.Markdown(results));
            foreach (var loss in losses)
            {
                await Console.Out.WriteLineAsync(ResultTable.Of(loss));
            }

            if (parsed.GetValue(json) is { } path)
            {
                await File.WriteAllTextAsync(path, ResultTable.Json(results), ct);
            }

            return 0;
        });
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }

    private static Option<int> Count(string name, string description, int defaultValue) => Options.Count(name, description, defaultValue, 1, int.MaxValue);
}
