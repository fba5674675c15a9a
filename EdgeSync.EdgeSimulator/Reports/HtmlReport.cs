using System.Text.Json;

namespace EdgeSync.EdgeSimulator;

/// <summary>The report for people: one file with its charts, which opens without a network.</summary>
internal static class HtmlReport
{
    private const string Template = "report/report.html";
    private const string ChartScript = "report/uPlot.iife.min.js";
    private const string ChartStyle = "report/uPlot.min.css";

    public static void Write(string path, ReportCharts charts) => File.WriteAllText(path, Of(charts));

    public static string Of(ReportCharts charts) => Resource(Template)
        .Replace("/*uplot.css*/", Resource(ChartStyle), StringComparison.Ordinal)
        .Replace("/*uplot.js*/", Resource(ChartScript), StringComparison.Ordinal)
        // The serializer escapes angle brackets: no text of the run ends the script.
        .Replace("\"{{charts}}\"", JsonSerializer.Serialize(charts, ReportJson.Default.ReportCharts), StringComparison.Ordinal);

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(HtmlReport).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}

/// <summary>What the HTML report draws.</summary>
internal sealed record ReportCharts(RunReport Report, IReadOnlyList<TimelineSample> Samples, IReadOnlyList<TimelineFault> Faults, IReadOnlyList<LatencySpan> Latency);
