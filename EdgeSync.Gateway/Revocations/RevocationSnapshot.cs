using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway;

/// <summary>Who may not enter, as Commands said it. Never changed, only replaced.</summary>
/// <param name="Version">Of the list.</param>
/// <param name="SignedAt">When the whole list was signed.</param>
/// <param name="FreshAt">Until when it is known to be the newest, by this gateway's clock at most.</param>
/// <param name="Devices">Those that may not enter, and why.</param>
/// <param name="Certificates">SHA-256 of revoked ones.</param>
internal sealed record RevocationSnapshot(
    long Version, DateTimeOffset SignedAt, DateTimeOffset FreshAt, IReadOnlyDictionary<DeviceId, DeviceState> Devices, IReadOnlySet<Digest> Certificates)
{
    /// <summary>Takes a statement that the fleet has signed.</summary>
    /// <param name="known">What is known so far; null for nothing.</param>
    /// <param name="said">The statement.</param>
    /// <param name="now">The gateway's time.</param>
    /// <param name="refusal">Why it is not taken; null when it is.</param>
    /// <returns>What is known now.</returns>
    public static RevocationSnapshot? Take(RevocationSnapshot? known, StatementContent said, DateTimeOffset now, out string? refusal)
    {
        var list = Parse(said.Payload);
        // A clock that is ahead must not make a list fresh for longer.
        var freshAt = said.SignedAt < now ? said.SignedAt : now;
        refusal = list switch
        {
            null => "cannot be read",
            _ when list.Version < known?.Version =>
                $"has version {list.Version}, and version {known.Version} is known. If the control plane was restored from a backup, delete the file at {RevocationOptions.Section}:Path and restart the gateway",
            { Devices: null } when list.Version != known?.Version => $"says that nothing has changed since version {list.Version}, which is not known",
            _ => null,
        };
        if (refusal is not null)
        {
            return known;
        }

        // Of one version, the one signed last: instances of Commands have clocks of their own, so between versions the time says nothing.
        if (list!.Devices is null || (list.Version == known?.Version && said.SignedAt < known.SignedAt))
        {
            return known! with { FreshAt = freshAt > known.FreshAt ? freshAt : known.FreshAt };
        }

        return new RevocationSnapshot(
            list.Version, said.SignedAt, freshAt, list.Devices.ToDictionary(device => device.Device, device => device.State), ReadFingerprints(list.Certificates ?? []));
    }

    /// <summary>Why a certificate may not enter; null when it may, as far as this list goes.</summary>
    public Problem? Refuse(DeviceCertificate certificate) => certificate.Device is { } device && Devices.TryGetValue(device, out var state)
        ? state is DeviceState.Quarantined
            ? ProblemTypes.DeviceQuarantined.With("Two machines have used this device's identity. An operator decides which of them keeps it, and sets the device active again.")
            : ProblemTypes.DeviceDisabled.With("An operator has disabled this device, and can set it active again.")
        : Certificates.Contains(certificate.Fingerprint) ? Revoked : null;

    /// <summary>What a revoked certificate is told.</summary>
    public static Problem Revoked => ProblemTypes.CertificateRevoked.With("The certificate was revoked. Enrol again with an enrolment token that names this device.");

    private static RevocationList? Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, ProtocolJson.Default.RevocationList);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static HashSet<Digest> ReadFingerprints(IReadOnlyList<string> fingerprints)
    {
        var read = new HashSet<Digest>(fingerprints.Count);
        foreach (var text in fingerprints)
        {
            // Commands writes nothing else; what is no fingerprint can be no certificate's.
            if (Digest.TryParse(text, out var fingerprint))
            {
                read.Add(fingerprint);
            }
        }

        return read;
    }
}
