using System.Globalization;
using Spectre.Console;

namespace EdgeSync.EdgeSimulator;

/// <summary>A table that is drawn over itself, on a terminal.</summary>
internal sealed class LiveView : IRunView
{
    private readonly LiveDisplayContext _display;
    private readonly List<string> _said = [];

    private LiveView(LiveDisplayContext display) => _display = display;

    /// <summary>Runs with a live view as long as the run takes.</summary>
    public static Task<T> RunAsync<T>(Func<IRunView, Task<T>> run) =>
        AnsiConsole.Live(new Text("")).StartAsync(display => run(new LiveView(display)));

    public void Say(string sentence)
    {
        _said.Add(sentence);
        _display.UpdateTarget(Lines());
    }

    public void Show(string phase, TimeSpan elapsed, FleetStats fleet, int commandsIssued)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(string.Create(CultureInfo.InvariantCulture, $"{phase}, {elapsed.TotalSeconds:F0} s"));
        foreach (var heading in new[] { "connected", "produced", "pending", "batches", "resent", "commands", "faults", "errors" })
        {
            table.AddColumn(new TableColumn(heading).RightAligned());
        }

        table.AddRow(
            string.Create(CultureInfo.InvariantCulture, $"{fleet.Connected}/{fleet.Devices}"),
            Number(fleet.Produced),
            Number(fleet.Pending),
            Number(fleet.Batches),
            Number(fleet.ResentBatches),
            Number(commandsIssued),
            Number(fleet.Faults),
            Markup.Escape(string.Join(", ", fleet.Errors.Where(pair => pair.Value > 0).Select(pair => $"{pair.Key} {Number(pair.Value)}")) is { Length: > 0 } errors ? errors : "none"));
        _display.UpdateTarget(new Rows(Lines(), table));
    }

    private Rows Lines() => new(_said.Select(sentence => new Text(sentence)));

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
