using System.CommandLine;
using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>simulate</c>: worlds from seeds, on a virtual clock.</summary>
internal static class SimulateVerb
{
    private const long SeedMax = 1_000_000_000;

    public static Command Create(TimeProvider time)
    {
        var seeds = Seeds();
        var steps = Options.Count("--steps", "things that happen to a world before it is left alone", WorldSettings.StepsDefault, 1, WorldSettings.StepsMax);
        var devices = Options.Count("--devices", "at most so many devices in a world", WorldSettings.DevicesLimit, 1, WorldSettings.DevicesLimit);
        var parallel = Options.OptionalCount("--parallel", "worlds at once [default: one for each processor]", "N", 1, 64);
        var without = Without();
        var trace = new Option<string?>("--trace") { Description = "file for what happens in a world, with one seed", HelpName = "FILE" };
        var verb = new Command("simulate", "Run whole worlds on a virtual clock, each from its seed, and check them; the same seed shows the same world") { seeds, steps, devices, without, parallel, trace };
        verb.SetAction(async (parsed, ct) =>
        {
            var (first, last) = parsed.GetValue(seeds);
            await using var file = OpenTrace(parsed.GetValue(trace), isOne: first == last);
            var report = new SimulationReport(Console.Out, time, last - first + 1);
            using var stage = await WorldStage.SetAsync();
            var run = new SimulationRun(stage);
            WorldSettings World(long seed) => new(seed, parsed.GetValue(steps), parsed.GetValue(devices), parsed.GetValue(without) ?? []);
            if (file is not null)
            {
                report.Done(run.Run(World(first), file));
            }
            else
            {
                run.RunAll(Range(first, last).Select(World), parsed.GetValue(parallel) ?? Environment.ProcessorCount, report.Done, ct);
            }

            var passed = report.End(settings => run.Run(settings), ct);
            return !passed ? ExitCodes.AuditFailed : report.IsComplete ? ExitCodes.Pass : ExitCodes.Stopped;
        });
        return verb;
    }

    private static Option<(long First, long Last)> Seeds()
    {
        const string Name = "--seeds";
        var option = new Option<(long, long)>(Name) { Description = "seeds of the worlds, both ends included", HelpName = "A..B", Required = true };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var ends = text.Split("..");
            if (ends.Length == 2 && TrySeed(ends[0], out var first) && TrySeed(ends[1], out var last) && first <= last)
            {
                return (first, last);
            }

            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{Name} takes two whole numbers from 0 to {SeedMax}, the smaller one first, such as 1..10000, not '{text}'."));
            return default;
        };
        return option;
    }

    private static Option<IReadOnlyList<FaultKind>?> Without()
    {
        const string Name = "--without";
        var option = new Option<IReadOnlyList<FaultKind>?>(Name) { Description = $"faults that do not happen, with commas: {Words.List<FaultKind>()}", HelpName = "FAULTS" };
        option.CustomParser = result =>
        {
            var kinds = new List<FaultKind>();
            foreach (var word in result.Tokens[0].Value.Split(','))
            {
                if (!Words.TryParse<FaultKind>(word, out var kind))
                {
                    result.AddError($"{Name} takes words with commas between them, of {Words.List<FaultKind>()}, not '{word}'.");
                    return null;
                }

                kinds.Add(kind);
            }

            return kinds;
        };
        return option;
    }

    private static bool TrySeed(string text, out long seed) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed) && seed <= SeedMax;

    private static IEnumerable<long> Range(long first, long last)
    {
        for (var seed = first; seed <= last; seed++)
        {
            yield return seed;
        }
    }

    private static StreamWriter? OpenTrace(string? path, bool isOne)
    {
        try
        {
            return path is null ? null : isOne ? new StreamWriter(path) : throw new UsageException("--trace takes one seed, such as --seeds 7..7.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--trace {path} cannot be written: {e.Message}", e);
        }
    }
}
