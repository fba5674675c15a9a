using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Whether a row of a damaged file is one that a device could have written, as a pure function: what is not would stop whoever reads it.</summary>
internal static class SalvageRules
{
    private static readonly string[] CommandStates = ["accepted", "ready", "running", "done", "confirmed"];

    /// <summary>Whether the row may go into a new file.</summary>
    public static bool IsWhole(string table, IReadOnlyDictionary<string, object> row) => table switch
    {
        "streams" => row["epoch"] is long and > 0 && row["acked"] is long and >= 0 && row["head"] is long head && head >= (long)row["acked"]
            && IsDigest(row["head_digest"]) && IsDigest(row["acked_digest"]),
        "gaps" => row["epoch"] is long and > 0 && row["from_seq"] is long and > 0 && row["to_seq"] is long to && to >= (long)row["from_seq"]
            && IsDigest(row["digest_after"]) && Words.TryParse<GapReason>(row["reason"] as string, out var reason) && reason != GapReason.None,
        "device_state" => DeviceId.TryParse(row["device"] as string, out _) && row["boot"] is long and >= 0,
        "dead_letters" => row["epoch"] is long and > 0 && row["seq"] is long and > 0,
        "command_queue" => CommandId.TryParse(row["id"] as string, out _) && CommandStates.Contains(row["state"]) && row["payload"] is string payload && JsonText.IsValid(payload, Limits.PayloadDepthMax)
            && (row["outcome"] is DBNull || Words.TryParse<CommandOutcome>(row["outcome"] as string, out _)) && (row["state"] is not "done" || row["finished_at"] is long),
        "device_config" => IsVector(row["vector"]) && IsJson(row["value"]) && IsJson(row["in_force"]),
        _ => true,
    };

    /// <summary>Whether it may be a digest.</summary>
    public static bool IsDigest(object value) => value is byte[] { Length: Digest.Bytes };

    private static bool IsJson(object value) => value is DBNull || (value is string text && JsonText.IsValid(text, Limits.PayloadDepthMax));

    private static bool IsVector(object value)
    {
        try
        {
            return value is string text && VersionVector.FromJson(text) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
