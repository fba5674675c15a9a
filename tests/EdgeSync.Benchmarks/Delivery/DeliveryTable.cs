using System.Globalization;
using System.Text;

namespace EdgeSync.Benchmarks;

/// <summary>What a run is written down as: a row for each thing, with what it is held to.</summary>
internal sealed class DeliveryTable(TextWriter progress)
{
    private readonly StringBuilder _text = new("| what | measured | held to |\n|---|---|---|\n");

    public async Task AddAsync(string what, FormattableString measured, string heldTo)
    {
        var row = $"| {what} | {measured.ToString(CultureInfo.InvariantCulture)} | {heldTo} |";
        _text.AppendLine(row);
        await progress.WriteLineAsync(row);
    }

    public override string ToString() => _text.ToString();

    /// <summary>The value below which a share of them lie.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(sorted.Count * share) - 1)];
    }
}
