using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>Tells a message of the present run of a device program from a delayed one of an earlier run.</summary>
internal static class BootRules
{
    /// <summary>A lower number, or the same number from another process.</summary>
    public static bool IsStale(Boot? newest, Boot sender) =>
        newest is { } seen && (sender.Number < seen.Number || (sender.Number == seen.Number && sender.Nonce != seen.Nonce));
}
