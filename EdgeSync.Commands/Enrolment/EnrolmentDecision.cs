using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What is known of the device that wants to enrol.</summary>
/// <param name="State">What it may do; null for one that is not registered.</param>
/// <param name="Certificates">How many it was issued, as far as they are remembered; at least one for a device that has ever enrolled.</param>
/// <param name="OfKey">How many of them for the same key.</param>
/// <param name="OfKeyAndToken">How many of these by the same enrolment token.</param>
/// <param name="OfKeyRevoked">How many for the same key were revoked.</param>
internal readonly record struct EnrollingDevice(DeviceState? State, long Certificates, long OfKey, long OfKeyAndToken, long OfKeyRevoked);

/// <summary>Whether a device may enrol. Pure.</summary>
/// <param name="Refusal">Why not; null when it may.</param>
/// <param name="IsRepeat">The same token has let the same key in before: the answer was lost, and nothing is used up.</param>
internal readonly record struct EnrolmentDecision(Problem? Refusal, bool IsRepeat)
{
    public static EnrolmentDecision Decide(DeviceId device, EnrolmentTokenRow? token, EnrollingDevice known, long now)
    {
        if (token is null)
        {
            return Refused("There is no such enrolment token.");
        }

        if (token.RevokedAt is not null || token.ExpiresAt <= now)
        {
            return Refused(token.RevokedAt is not null ? "The enrolment token was revoked." : "The enrolment token has expired.");
        }

        if (token.DeviceId is { } named && named != device)
        {
            return Refused("The enrolment token is for another device.");
        }

        if (known.State is { } state && ActiveDeviceExtensions.Refusal(device, state) is { } stopped)
        {
            return new(stopped, false);
        }

        if (known.OfKeyRevoked > 0)
        {
            return Refused("A certificate of this key was revoked. The device makes a new key, and an operator a token that names the device.");
        }

        if (known.OfKeyAndToken > 0)
        {
            return new(null, IsRepeat: true);
        }

        // Whoever has a token for new devices must not become a device that is there already.
        if (token.DeviceId is null && known.Certificates > known.OfKey)
        {
            return Refused($"Device {device} has enrolled before, with another key. An operator makes a token that names it.");
        }

        return token.Used >= token.Devices ? Refused("The enrolment token is used up.") : new(null, false);
    }

    private static EnrolmentDecision Refused(string why) =>
        new(ProblemTypes.EnrolmentRefused.With($"{why} An operator creates another one with POST {Routes.EnrolmentTokens}."), false);
}
