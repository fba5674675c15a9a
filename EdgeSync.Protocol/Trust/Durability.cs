using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace EdgeSync.Protocol;

/// <summary>POST <see cref="Routes.TelemetryReceipts"/>: asks for a receipt.</summary>
/// <param name="Epoch">The stream.</param>
/// <param name="To">Up to which number; the watermark when absent.</param>
public sealed record DurabilityQuery(Epoch Epoch, long? To = null);

/// <summary>The receipt.</summary>
/// <param name="Statement">A <see cref="DurabilityReceipt"/>, signed.</param>
public sealed record DurabilityAnswer(string Statement);

/// <summary>
/// The control plane's word that it has a stream's numbers up to one, signed: a <see cref="FleetStatement"/> of type <see cref="StatementType"/> by a signer for <see cref="SignerUsage"/>. Who
/// trusts the fleet's root can check it without the control plane, and hold it to the device's own chain.
/// </summary>
/// <param name="Device">The device.</param>
/// <param name="Epoch">The stream.</param>
/// <param name="From">The first number, 1.</param>
/// <param name="To">The last number; 0 for none yet.</param>
/// <param name="Digest">D(To).</param>
/// <param name="Floor">Readings up to it had expired then.</param>
/// <param name="Expired">How many those were.</param>
/// <param name="At">When, by the control plane's clock, microseconds since 1970.</param>
public sealed record DurabilityReceipt(DeviceId Device, Epoch Epoch, long From, long To, Digest Digest, long Floor, long Expired, long At)
{
    /// <summary>The statement's type.</summary>
    public const string StatementType = "edgesync-receipt+jwt";

    /// <summary>The extended key usage of a signer of receipts, and of nothing else (an object identifier drawn from a UUID, X.667): whoever takes Ingest's key cannot speak for the fleet otherwise.</summary>
    public const string SignerUsage = "2.25.39075322222372915327227117876240740216";

    /// <summary>Checks a statement against the fleet's roots.</summary>
    /// <returns>The receipt; null when the fleet did not say it, or not as a receipt.</returns>
    public static DurabilityReceipt? Read(string statement, X509Certificate2Collection roots)
    {
        try
        {
            return FleetStatement.Read(statement, StatementType, roots, SignerUsage) is { } said ? JsonSerializer.Deserialize(said.Payload.Span, ProtocolJson.Default.DurabilityReceipt) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
