using System.Globalization;
using System.Text;

namespace EdgeSync.Benchmarks;

/// <summary>Medians of the repetitions, and ratios of each.</summary>
internal sealed class ConnectTable
{
    private const int Gateway = 1;
    private const int Ingest = 2;
    private const int Commands = 3;
    private const int Database = 4;
    private const int Client = 5;

    private readonly List<(ConnectMeasurement Bare, ConnectMeasurement Plane)> _pairs = [];
    private readonly StringBuilder _idle = new();

    public void Add(ConnectMeasurement bare, ConnectMeasurement plane) => _pairs.Add((bare, plane));

    public void AddIdle(int seconds, (double Connected, double Streaming, double Commands) kilobytes, double[] percent)
    {
        Row($"gateway: resident memory a device, connected", $"{kilobytes.Connected:F0} KB", "");
        Row($"gateway: resident memory a device, with its event stream", $"{kilobytes.Streaming:F0} KB", "80 KB");
        Row($"Commands: resident memory a device, with its event stream", $"{kilobytes.Commands:F1} KB", "12 KB");
        Row(
            $"idle for {seconds} s with all event streams open: CPU of gateway, ingest, Commands, PostgreSQL, devices",
            $"{percent[Gateway]:F1}, {percent[Ingest]:F1}, {percent[Commands]:F1}, {percent[Database]:F1}, {percent[Client]:F1} % of a core",
            "");

        void Row(FormattableString what, FormattableString measured, string heldTo) => _idle.AppendLine(
            CultureInfo.InvariantCulture, $"| {what.ToString(CultureInfo.InvariantCulture)} | {measured.ToString(CultureInfo.InvariantCulture)} | {heldTo} |");
    }

    public override string ToString()
    {
        var text = new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"| {_pairs[0].Plane.Devices:N0} devices | bare TLS | control plane | ratio |")
            .AppendLine("|---|---|---|---|")
            .AppendLine(Row("s until the last was done", pair => pair.Bare.Seconds, pair => pair.Plane.Seconds, "F1"))
            .AppendLine(Row("ms CPU a device: all", pair => pair.Bare.OfBare, pair => pair.Plane.OfPlane, "F2"))
            .AppendLine(Row("its client", pair => pair.Bare.Each[Client], pair => pair.Plane.Each[Client], "F2"))
            .AppendLine(Row("server: Kestrel, gateway", pair => pair.Bare.Each[0], pair => pair.Plane.Each[Gateway], "F2"));
        foreach (var (name, process) in ((string, int)[])[("ingest", Ingest), ("Commands", Commands), ("PostgreSQL", Database)])
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {name} | | {Median(pair => pair.Plane.Each[process]):F2} | |");
        }

        return text.AppendLine(CultureInfo.InvariantCulture, $"| answers of 429 and 503; of 500 and above | | {_pairs.Max(pair => pair.Plane.Refusals)}; {_pairs.Max(pair => pair.Plane.Faults)} | |")
            .AppendLine()
            .AppendLine("| what | measured | held to |")
            .AppendLine("|---|---|---|")
            .Append(_idle)
            .ToString();
    }

    private string Row(
        string what, Func<(ConnectMeasurement Bare, ConnectMeasurement Plane), double> bare, Func<(ConnectMeasurement Bare, ConnectMeasurement Plane), double> plane, string format) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {what} | {Median(bare).ToString(format, CultureInfo.InvariantCulture)} | {Median(plane).ToString(format, CultureInfo.InvariantCulture)} | {Median(pair => plane(pair) / bare(pair)):F2} |");

    private double Median(Func<(ConnectMeasurement Bare, ConnectMeasurement Plane), double> value)
    {
        var sorted = _pairs.Select(value).Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
