namespace EdgeSync.Edge;

/// <summary>When a certificate is renewed: at a random point of 50 to 66 % of its lifetime, so that a fleet that enrolled together does not renew together. Pure.</summary>
/// <param name="NotBefore">When the certificate's lifetime begins.</param>
/// <param name="NotAfter">When it ends.</param>
/// <param name="Jitter">0 to 1: where in the range the renewal falls.</param>
internal sealed record RenewalPlan(DateTimeOffset NotBefore, DateTimeOffset NotAfter, double Jitter)
{
    private const double From = 0.50;
    private const double To = 0.66;

    private DateTimeOffset At => NotBefore + ((NotAfter - NotBefore) * (From + ((To - From) * Math.Clamp(Jitter, 0, 1))));

    /// <summary>How long until then.</summary>
    /// <param name="serverNow">The control plane's time, microseconds since 1970; null while it is not known.</param>
    /// <param name="deviceNow">The device's time.</param>
    /// <param name="renewedByOwnClock">Whether this certificate was issued in this run, and the control plane's time is not known yet.</param>
    /// <returns>Zero when it is due; null when there is no clock to judge by: a wrong one that says that each new certificate is old would renew without end.</returns>
    public TimeSpan? DueIn(long? serverNow, DateTimeOffset deviceNow, bool renewedByOwnClock)
    {
        if (serverNow is null && renewedByOwnClock)
        {
            return null;
        }

        var left = At - (serverNow is { } heard ? DateTimeOffset.UnixEpoch.AddTicks(heard * TimeSpan.TicksPerMicrosecond) : deviceNow);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
