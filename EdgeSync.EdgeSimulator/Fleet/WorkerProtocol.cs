using System.Text.Json;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// What a worker process hears on its standard input, a line each: <c>begin</c>, <c>halt</c>, <c>heal</c>, <c>drain</c>, <c>copy N</c>, <c>rollback N</c>; the end of the input means stop.
/// </summary>
internal static class WorkerWords
{
    public const string Connect = "connect";
    public const string Begin = "begin";
    public const string Halt = "halt";
    public const string Heal = "heal";
    public const string Drain = "drain";
    public const string Copy = "copy";
    public const string RollBack = "rollback";
}

/// <summary>What a worker says on its standard output, a JSON line each.</summary>
/// <param name="Stats">Its counters, every half second.</param>
/// <param name="Done">The line that it has finished.</param>
/// <param name="Ok">Whether that went well.</param>
/// <param name="Error">Why not.</param>
internal sealed record WorkerReport(FleetStats? Stats, string? Done = null, bool Ok = true, string? Error = null)
{
    public string ToLine() => JsonSerializer.Serialize(this, SimulatorJson.Default.WorkerReport);

    public static WorkerReport? TryParse(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize(line, SimulatorJson.Default.WorkerReport) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
