using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EdgeSync.Protocol;
using JsonValue = EdgeSync.Protocol.JsonValue;

namespace EdgeSync.Edge;

/// <summary>What a device says of itself when it is asked: how it stands, and as many of the newest lines of its own record as a result has room for.</summary>
internal static class Diagnostics
{
    private const int DetailCharactersMax = 512;
    private const int StreamsMax = 16;

    /// <summary>The report; at most <see cref="Limits.CommandPayloadBytesMax"/>. Times and numbers of readings are texts, as on the wire.</summary>
    /// <param name="status">How the device stands.</param>
    /// <param name="databaseBytes">The size of its file.</param>
    /// <param name="walBytes">The size of the file's write-ahead log.</param>
    /// <param name="uptime">How long it has been open.</param>
    /// <param name="lines">Its record, newest first.</param>
    public static JsonValue Report(EdgeStatus status, long databaseBytes, long walBytes, TimeSpan uptime, IReadOnlyList<SyncLogEntry> lines)
    {
        var kept = new JsonArray();
        var report = new JsonObject
        {
            ["agentVersion"] = HeartbeatReport.AgentVersion,
            ["uptimeSeconds"] = (long)uptime.TotalSeconds,
            ["boot"] = status.Boot.Number,
            ["reason"] = status.Reason,
            ["pendingRecords"] = status.PendingRecords,
            ["deadLetters"] = status.DeadLetters,
            ["databaseBytes"] = databaseBytes,
            ["walBytes"] = walBytes,
            ["certificateNotAfter"] = status.CertificateNotAfter is { } end ? Text(Microseconds.From(end)) : null,
            ["streams"] = new JsonArray([.. status.Streams.Take(StreamsMax).Select(Stream)]),
            ["syncLog"] = kept,
        };
        var bytes = BytesOf(report);
        foreach (var line in lines.Select(Line))
        {
            bytes += BytesOf(line) + 1;
            if (bytes > Limits.CommandPayloadBytesMax)
            {
                break;
            }

            kept.Add((JsonNode)line);
        }

        return new JsonValue(report.ToJsonString());
    }

    private static JsonNode Stream(StreamPosition stream) => new JsonObject
    {
        ["epoch"] = stream.Epoch.ToString(),
        ["head"] = Text(stream.Head),
        ["acknowledged"] = Text(stream.Acknowledged),
        ["live"] = stream.Live,
    };

    private static JsonObject Line(SyncLogEntry line) => new()
    {
        ["at"] = Text(line.At),
        ["area"] = line.Area,
        ["event"] = line.Event,
        ["detail"] = line.Detail.Length <= DetailCharactersMax ? line.Detail : line.Detail[..DetailCharactersMax],
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static int BytesOf(JsonObject json) => Encoding.UTF8.GetByteCount(json.ToJsonString());
}
