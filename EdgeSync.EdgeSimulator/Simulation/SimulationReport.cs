using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>Tells how worlds ended: those that failed with what was found, made smaller, and the command line that shows it again.</summary>
/// <param name="output">Where it is told.</param>
/// <param name="time">Measures how long it takes.</param>
/// <param name="asked">How many worlds were asked for.</param>
internal sealed class SimulationReport(TextWriter output, TimeProvider time, long asked)
{
    private const int ShrunkMax = 3;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    private readonly long _begunAt = time.GetTimestamp();
    private readonly List<WorldResult> _failed = [];
    private TimeSpan _toldAt;
    private TimeSpan _lasted;
    private string _last = "";
    private long _worlds;
    private long _requests;

    public void Done(WorldResult result)
    {
        _worlds++;
        _requests += result.Requests;
        _lasted += result.Lasted;
        _last = result.Trace;
        if (result.Found is not null)
        {
            _failed.Add(result);
            Tell(result);
        }

        if (Elapsed - _toldAt >= ProgressEvery)
        {
            _toldAt = Elapsed;
            Line($"{_worlds} worlds, {_failed.Count} failed, {Elapsed:hh\\:mm\\:ss}");
        }
    }

    /// <summary>Whether every world that was asked for was looked at.</summary>
    public bool IsComplete => _worlds == asked;

    /// <summary>The end: failures are made smaller.</summary>
    /// <param name="run">Runs a world again.</param>
    /// <param name="ct">Ends the shrinking.</param>
    /// <returns>Whether all that were looked at passed.</returns>
    public bool End(Func<WorldSettings, WorldResult> run, CancellationToken ct)
    {
        var of = IsComplete ? "" : $"stopped after {_worlds} of {asked}: ";
        Line($"{of}{_worlds} worlds of {_lasted.TotalHours:F1} hours with {_requests} requests in {Elapsed:hh\\:mm\\:ss}: {(_failed.Count == 0 ? "all passed" : $"{_failed.Count} failed")}");
        if (_worlds == 1 && _failed.Count == 0)
        {
            Line($"trace {_last}");
        }

        foreach (var failed in _failed.OrderBy(result => result.Settings.Seed).Take(ShrunkMax).TakeWhile(_ => !ct.IsCancellationRequested))
        {
            var smallest = Shrinker.Shrink(failed, run);
            output.WriteLine();
            Tell(smallest);
            Line($"  again: dotnet run -c Release --project EdgeSync.EdgeSimulator -- {smallest.Settings.CommandLine}");
        }

        return _failed.Count == 0;
    }

    private TimeSpan Elapsed => time.GetElapsedTime(_begunAt);

    private void Tell(WorldResult result) =>
        Line($"seed {result.Settings.Seed} fails: {result.Found!.Check}, after {result.Found.Step} of {result.Settings.Steps} steps at {result.Found.At:hh\\:mm\\:ss\\.fff}\n  {result.Found.Sentence}");

    private void Line(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
