using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>What a verification has found and done so far.</summary>
internal sealed class VerificationTally
{
    /// <summary>Numbers that both sides have alike, or were given alike.</summary>
    public long Verified { get; set; }

    /// <summary>Entries and digests that the control plane took from the device.</summary>
    public long Repaired { get; set; }

    /// <summary>Rows that the device took from the control plane.</summary>
    public long Fetched { get; set; }

    /// <summary>Numbers of which neither side has what was acknowledged.</summary>
    public long Unrepairable { get; set; }

    public int Receipts { get; set; }

    /// <summary>Bodies of requests and answers.</summary>
    public long Bytes { get; set; }

    public long Damaged => Repaired + Fetched + Unrepairable;

    public JsonValue ToJson() => new(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"verified":{{Verified}},"damaged":{{Damaged}},"repaired":{{Repaired}},"fetched":{{Fetched}},"unrepairable":{{Unrepairable}},"receipts":{{Receipts}},"bytes":{{Bytes}}}"""));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Verified} entries are alike on both sides; {Repaired} were mended in the control plane, {Fetched} on the device, {Unrepairable} are lost on both; {Bytes} bytes.");
}
