using System.Security.Cryptography;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The device's certificate: enrolled for when there is none, renewed in its time, enrolled for again when it is past renewal.</summary>
internal sealed class CertificateSync : IDisposable
{
    private readonly ManagedIdentity _identity;
    private readonly ControlPlaneClient _client;
    private readonly HttpAttempts? _enrolment;
    private readonly EdgeDeviceOptions _options;
    private readonly ControlPlaneClock _clock;
    private readonly SyncLogStore _syncLog;
    private readonly SyncCounters _counters;
    private readonly Entropy _entropy;
    private readonly TimeProvider _time;
    private readonly long _openedAt;
    private RenewalPlan? _plan;
    private ECDsa? _pending;
    private bool _isNew;
    private TimeSpan _pauseUntil;
    private bool _hasExpired;
    private TaskCompletionSource<AttemptOutcome>? _asked;

    // A certificate that is old when it is issued (the issuer's own end is near, or a clock is wrong) is not renewed without end.
    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    public CertificateSync(
        ManagedIdentity identity, ControlPlaneClient client, EdgeDeviceOptions options, ControlPlaneClock clock, SyncLogStore syncLog, SyncCounters counters, Entropy entropy, TimeProvider time)
    {
        (_identity, _client, _options, _clock, _syncLog, _counters, _entropy, _time) = (identity, client, options, clock, syncLog, counters, entropy, time);
        _openedAt = time.GetTimestamp();
        _enrolment = options.Enrolment is { } address ? new HttpAttempts(new EnrolmentTransport(identity.Transport, address), address, options, time) : null;
        _plan = identity.Transport.Credentials is { } credentials ? Plan(credentials) : null;
    }

    /// <summary>Called after another certificate has come into use.</summary>
    public Action Changed { get; set; } = static () => { };

    public bool HasCertificate => _plan is not null;

    /// <summary>How long until there is something to do; null when nothing can be said.</summary>
    public TimeSpan? DueIn => Volatile.Read(ref _asked) is null ? DueByTime : TimeSpan.Zero;

    private TimeSpan? DueByTime
    {
        get
        {
            var due = _plan is null || _hasExpired ? TimeSpan.Zero : _plan.DueIn(_clock.Now, _time.GetUtcNow(), _isNew);
            var pause = _pauseUntil - _time.GetElapsedTime(_openedAt);
            return due < pause ? pause : due;
        }
    }

    /// <summary>The gateway says that the certificate has expired, whatever the clock says here.</summary>
    /// <returns>Whether it is news.</returns>
    public bool NoteExpired()
    {
        var isNews = !_hasExpired;
        _hasExpired = true;
        return isNews && DueIn == TimeSpan.Zero;
    }

    /// <summary>When the certificate in use ends; null when there is none.</summary>
    public DateTimeOffset? NotAfter => _identity.Transport.Credentials?.NotAfter;

    /// <summary>Has the agent renew with its next pass, whether it is time or not; one at a time.</summary>
    /// <returns>How it went.</returns>
    public async Task<AttemptOutcome> RenewNowAsync(CancellationToken ct)
    {
        var asked = new TaskCompletionSource<AttemptOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _asked, asked);
        try
        {
            return await asked.Task.WaitAsync(ct);
        }
        finally
        {
            Interlocked.CompareExchange(ref _asked, null, asked);
        }
    }

    /// <summary>Does what there is to do.</summary>
    /// <returns>How it went; null when there was nothing.</returns>
    public async Task<AttemptOutcome?> SyncAsync(CancellationToken ct)
    {
        if (Volatile.Read(ref _asked) is not { } asked)
        {
            return await SyncDueAsync(isAsked: false, ct);
        }

        var isDue = DueByTime <= TimeSpan.Zero;
        var outcome = (await SyncDueAsync(isAsked: true, ct))!;
        Interlocked.CompareExchange(ref _asked, null, asked);
        asked.TrySetResult(outcome);
        // Whoever asked is told; the certificate in use serves on, so that nothing waits because of it.
        return outcome.Succeeded || isDue ? outcome : null;
    }

    // Not null when it is asked.
    private async Task<AttemptOutcome?> SyncDueAsync(bool isAsked, CancellationToken ct)
    {
        if (_plan is null)
        {
            return await EnrolAsync(ct);
        }

        if (!isAsked && (DueByTime is not { } due || due > TimeSpan.Zero))
        {
            return null;
        }

        var outcome = await RenewAsync(ct);
        if (outcome.Code != ProblemTypes.CertificateExpired.Code)
        {
            return outcome;
        }

        _hasExpired = true;
        if (_options.EnrolmentSecret is null)
        {
            return outcome;
        }

        var enrolled = await EnrolAsync(ct);
        // The certificate is what a person must look at: an old secret is no news.
        return enrolled.Code == ProblemTypes.EnrolmentRefused.Code ? outcome with { Error = $"{outcome.Error} Enrolment was refused too: {enrolled.Error}" } : enrolled;
    }

    public void Dispose() => _pending?.Dispose();

    private async Task<AttemptOutcome> EnrolAsync(CancellationToken ct)
    {
        if (_enrolment is null || _options.EnrolmentSecret is not { } secret)
        {
            return AttemptOutcome.NotEnrolled("The device has no certificate; set Enrolment and EnrolmentSecret.");
        }

        try
        {
            // The key outlives a lost answer and a restart: the same request again uses nothing up.
            _pending ??= _identity.Folder.TakePendingKey();
            var request = new EnrolmentRequest(secret, _options.Device, DeviceCredentials.Request(_pending, _options.Device));
            var attempt = await _enrolment.SendAsync(
                () => _enrolment.Post(Routes.Enrolment, request, ProtocolJson.Default.EnrolmentRequest), ProtocolJson.Default.IssuedCertificate, ct);
            if (attempt.Answer is not { } issued)
            {
                return attempt.Outcome;
            }

            var outcome = Take(_pending, issued, "enrolled");
            if (outcome.Succeeded)
            {
                _pending.Dispose();
                _pending = null;
                _identity.Folder.ForgetPendingKey();
            }

            return outcome;
        }
        catch (Exception e) when (StorageFailure(e) is { } failure)
        {
            return failure;
        }
    }

    private async Task<AttemptOutcome> RenewAsync(CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var attempt = await _client.RenewCertificateAsync(new RenewalRequest(DeviceCredentials.Request(key, _options.Device)), ct);
        if (attempt.Answer is not { } issued)
        {
            return attempt.Outcome;
        }

        try
        {
            var outcome = Take(key, issued, "renewed");
            if (outcome.Succeeded)
            {
                _counters.CountRenewal();
            }

            return outcome;
        }
        catch (Exception e) when (StorageFailure(e) is { } failure)
        {
            return failure;
        }
    }

    // Kept before it is used: a power cut then leaves the old certificate or the new one, each with its key.
    private AttemptOutcome Take(ECDsa key, IssuedCertificate issued, string what)
    {
        DeviceCredentials credentials;
        try
        {
            credentials = DeviceCredentials.Of(key, issued.Certificate, _options.Device);
        }
        catch (FormatException e)
        {
            return AttemptOutcome.Unreadable($"The certificate that was issued cannot be used: {e.Message}.");
        }

        _identity.Folder.WriteCredentials(credentials);
        if (issued.Pins is { } pins)
        {
            _identity.Pins.Offer(pins);
            _syncLog.Write(_identity.Pins.TakeNotes());
        }

        _identity.Transport.Use(credentials);
        (_plan, _isNew, _hasExpired) = (Plan(credentials), true, false);
        var quarter = (credentials.NotAfter - credentials.NotBefore) / 4;
        _pauseUntil = _time.GetElapsedTime(_openedAt) + (quarter < PauseMax ? quarter : PauseMax);
        _syncLog.Write("certificate", what, $"Valid until {credentials.NotAfter.ToUniversalTime():u}.");
        Changed();
        return AttemptOutcome.Success;
    }

    private RenewalPlan Plan(DeviceCredentials credentials) => new(credentials.NotBefore, credentials.NotAfter, _entropy.NextJitter());

    private static AttemptOutcome? StorageFailure(Exception exception) => exception is IOException or UnauthorizedAccessException or DeviceIdentityException
        ? AttemptOutcome.Storage(exception)
        : null;
}
