using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Edge.Tests;

public sealed class CertificateTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private readonly EnrolledWorld _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_device_enrols_before_it_syncs()
    {
        _world.Append();

        await _world.SyncAsync();

        var request = Assert.Single(_world.Enrolments);
        Assert.Equal(("secret", _world.Id), (request.Secret, request.Device));
        var status = _world.Device.Status;
        Assert.Equal(("ok", 0, Start + _world.Lifetime, 0L), (status.Reason, status.PendingRecords, status.CertificateNotAfter, status.Counters.Renewals));
        Assert.Equal((Routes.Enrolment, null), _world.Shown[0]);
        Assert.All(_world.Shown.Skip(1), shown => Assert.NotNull(shown.Certificate));
        Assert.Contains(_world.Device.ReadSyncLog(20), line => (line.Area, line.Event) == ("certificate", "enrolled"));
        Assert.Equal(1, _world.OpenHandlers);
    }

    [Fact]
    public async Task The_key_is_its_owners_alone_and_outlives_a_restart()
    {
        await _world.SyncAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(_world.IdentityFile("device.pem")));
        Assert.Equal(["device.pem"], Directory.GetFiles(_world.Options.IdentityFolder!).Select(Path.GetFileName));

        await _world.RestartAsync();
        await _world.SyncAsync();

        Assert.Single(_world.Enrolments);
        Assert.Equal("ok", _world.Device.Status.Reason);
    }

    [Fact]
    public async Task Without_certificate_and_secret_nothing_is_sent()
    {
        await using var world = new EnrolledWorld(secret: null);
        world.Append();

        await world.SyncAsync();

        Assert.Equal(("not-enrolled", 0, 1), (world.Device.Status.Reason, world.Shown.Count, world.Device.Status.PendingRecords));
        Assert.Equal(Start + world.Options.BackoffMax, world.Device.Status.Lanes.Single(lane => lane.Lane == "certificate").NextAttemptAt);
    }

    [Fact]
    public async Task A_lost_answer_to_an_enrolment_is_asked_for_again_with_the_same_key()
    {
        _world.LosesAnswer = true;
        await _world.SyncAsync();
        Assert.Equal("connection-lost", _world.Device.Status.Reason);
        await _world.RestartAsync();
        _world.LosesAnswer = false;

        await _world.SyncAsync();

        Assert.Equal(2, _world.Enrolments.Count);
        Assert.Equal(KeyOf(_world.Enrolments[0].CertificateRequest), KeyOf(_world.Enrolments[1].CertificateRequest));
        Assert.Equal("ok", _world.Device.Status.Reason);
        Assert.False(File.Exists(_world.IdentityFile("pending.key")));
    }

    [Fact]
    public async Task A_refused_enrolment_is_tried_slowly_and_heals()
    {
        _world.BeforeIssue = static _ => ControlPlaneDouble.Answer(ProblemTypes.EnrolmentRefused.With("used up"));
        await _world.SyncAsync();
        await _world.SyncAsync();
        Assert.Equal(("enrolment-refused", 1), (_world.Device.Status.Reason, _world.Enrolments.Count));

        _world.BeforeIssue = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();

        Assert.Equal("ok", _world.Device.Status.Reason);
    }

    [Theory]
    [InlineData(0.0, 15.0)]
    [InlineData(0.5, 17.4)]
    [InlineData(1.0, 19.8)]
    public void A_certificate_is_renewed_at_50_to_66_percent_of_its_lifetime(double jitter, double days)
    {
        var plan = new RenewalPlan(Start, Start.AddDays(30), jitter);

        Assert.Equal(days, plan.DueIn(null, Start, false)!.Value.TotalDays, 6);
        Assert.Equal(TimeSpan.Zero, plan.DueIn(null, Start.AddDays(days + 0.001), false));
        Assert.Equal(TimeSpan.Zero, plan.DueIn(Micros(Start.AddDays(29)), Start, false));
        Assert.NotEqual(TimeSpan.Zero, plan.DueIn(Micros(Start), Start.AddYears(70), false));
        Assert.Null(plan.DueIn(null, Start.AddYears(70), true));
    }

    [Fact]
    public async Task A_renewal_has_a_new_key_and_goes_over_the_old_certificate()
    {
        await _world.SyncAsync();
        var before = _world.Shown[^1].Certificate;
        _world.Time.Advance(TimeSpan.FromDays(14));
        await _world.SyncAsync();
        Assert.Empty(_world.Renewals);
        var tokens = _world.Cloud.Tokens.Count;

        _world.Time.Advance(TimeSpan.FromDays(6));
        await _world.SyncAsync();

        Assert.NotEqual(KeyOf(_world.Enrolments[0].CertificateRequest), KeyOf(Assert.Single(_world.Renewals).CertificateRequest));
        Assert.Equal(before, _world.Shown.Single(shown => shown.Path == Routes.Certificates).Certificate);
        Assert.NotEqual(before, _world.Shown[^1].Certificate);
        Assert.Equal((tokens + 1, 1L, 1), (_world.Cloud.Tokens.Count, _world.Device.Status.Counters.Renewals, _world.OpenHandlers));
        Assert.Equal(Start.AddDays(50), _world.Device.Status.CertificateNotAfter);
        Assert.Contains(_world.Device.ReadSyncLog(20), line => (line.Area, line.Event) == ("certificate", "renewed"));
    }

    [Fact]
    public async Task While_a_renewal_fails_the_old_certificate_serves_and_a_drain_ends()
    {
        await _world.SyncAsync();
        _world.Time.Advance(TimeSpan.FromDays(20));
        _world.BeforeIssue = static _ => ControlPlaneDouble.Answer(ProblemTypes.Unavailable.With("later"));
        _world.Append();
        using var stop = new CancellationTokenSource();
        var running = _world.Device.RunAsync(stop.Token);

        Assert.True(await _world.Device.DrainAsync(TestContext.Current.CancellationToken));

        Assert.Equal((0, "unavailable"), (_world.Device.Status.PendingRecords, _world.Device.Status.Lanes.Single(lane => lane.Lane == "certificate").Reason));
        await stop.CancelAsync();
        await running;
        _world.BeforeIssue = static _ => null;
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();
        Assert.Equal(1L, _world.Device.Status.Counters.Renewals);
    }

    [Fact]
    public async Task A_renewal_that_does_not_get_through_waits_alone()
    {
        await _world.SyncAsync();
        _world.Time.Advance(TimeSpan.FromDays(20));
        _world.BeforeIssue = static _ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "cut");
        for (var second = 0; second < 300; second++)
        {
            _world.Append();
            await _world.SyncAsync();
            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((0, "connection-lost"), (_world.Device.Status.PendingRecords, _world.Device.Status.Lanes.Single(lane => lane.Lane == "certificate").Reason));
        Assert.InRange(_world.Renewals.Count, 5, 60);
    }

    [Fact]
    public async Task An_expired_certificate_is_renewed_as_soon_as_the_gateway_says_that_it_has()
    {
        await ExpireAsync();
        _world.Append();

        await _world.SyncAsync();

        Assert.Equal(("ok", 0, 1), (_world.Device.Status.Reason, _world.Device.Status.PendingRecords, _world.Renewals.Count));
    }

    [Fact]
    public async Task Beyond_renewal_the_device_enrols_again_when_it_has_a_secret()
    {
        await ExpireAsync();
        _world.BeforeIssue = static path => path == Routes.Certificates ? ControlPlaneDouble.Answer(ProblemTypes.CertificateExpired.With("too long ago")) : null;

        await _world.SyncAsync();

        Assert.Equal(("ok", 2), (_world.Device.Status.Reason, _world.Enrolments.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Beyond_renewal_without_a_good_secret_it_tries_slowly(bool hasSecret)
    {
        await ExpireAsync();
        _world.Options = _world.Options with { EnrolmentSecret = hasSecret ? "old" : null };
        await _world.RestartAsync();
        _world.BeforeIssue = static path => ControlPlaneDouble.Answer((path == Routes.Certificates ? ProblemTypes.CertificateExpired : ProblemTypes.EnrolmentRefused).With("no"));
        _world.Enrolments.Clear();

        await _world.SyncAsync();
        await _world.SyncAsync();

        Assert.Equal(("certificate-expired", 1, hasSecret ? 1 : 0), (_world.Device.Status.Reason, _world.Renewals.Count, _world.Enrolments.Count));
        Assert.True(_world.Device.Status.Lanes.Single(lane => lane.Lane == "certificate").NextAttemptAt >= _world.Time.GetUtcNow() + _world.Options.BackoffMax);
    }

    [Fact]
    public async Task A_clock_far_ahead_or_certificates_that_are_old_when_they_are_issued_make_no_hot_loop()
    {
        await _world.SyncAsync();
        _world.Cloud.BeforeToken = static () => ControlPlaneDouble.Answer(ProblemTypes.CertificateExpired.With("by the gateway's clock"));
        _world.Time.Advance(TimeSpan.FromDays(20));
        for (var pass = 0; pass < 50; pass++)
        {
            await _world.SyncAsync();
            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(_world.Renewals.Count, 1, 2);
    }

    [Theory]
    [InlineData("device-disabled")]
    [InlineData("device-quarantined")]
    [InlineData("certificate-revoked")]
    public async Task Whoever_is_refused_tries_slowly_and_is_back_by_itself(string code)
    {
        await _world.SyncAsync();
        await _world.RestartAsync();
        _world.Append();
        var asked = 0;
        _world.Cloud.BeforeToken = () =>
        {
            asked++;
            return ControlPlaneDouble.Answer(ProblemTypes.All.Single(type => type.Code == code).With("ask the operator"));
        };
        for (var second = 0; second < 60; second++)
        {
            await _world.SyncAsync();
            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(code, _world.Device.Status.Reason);
        Assert.InRange(asked, 2, 3);
        _world.Cloud.BeforeToken = static () => null;
        _world.Time.Advance(_world.Options.BackoffMax);
        await _world.SyncAsync();
        Assert.Equal(("ok", 0), (_world.Device.Status.Reason, _world.Device.Status.PendingRecords));
    }

    [Theory]
    [InlineData("device.pem", "no key")]
    [InlineData("pending.key", "no key")]
    [InlineData("pins.jws", "no statement")]
    public async Task A_broken_file_is_named_with_what_to_do_and_stays(string name, string text)
    {
        await _world.SyncAsync();
        await _world.Device.DisposeAsync();
        await File.WriteAllTextAsync(_world.IdentityFile(name), text, TestContext.Current.CancellationToken);

        var e = Assert.Throws<DeviceIdentityException>(_world.Open);

        Assert.StartsWith(_world.IdentityFile(name), e.Message, StringComparison.Ordinal);
        Assert.Contains("move it away", e.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(text, await File.ReadAllTextAsync(_world.IdentityFile(name), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_certificate_that_does_not_fit_is_not_taken()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var wrong in new[] { "", "no pem", _world.Fleet.Issue(DeviceCredentials.Request(other, _world.Id), _world.Id, Start, Start.AddDays(1)) })
        {
            _world.Spoil = _ => wrong;
            await _world.SyncAsync();
            _world.Time.Advance(_world.Options.BackoffMax);

            Assert.Equal("unreadable-answer", _world.Device.Status.Reason);
            Assert.False(File.Exists(_world.IdentityFile("device.pem")));
        }
    }

    [Fact]
    public void Credentials_are_read_as_they_were_written()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = _world.Fleet.Issue(DeviceCredentials.Request(key, _world.Id), _world.Id, Start, Start.AddDays(1)) + "\n" + _world.Fleet.Root.ExportCertificatePem();
        var credentials = DeviceCredentials.Of(key, pem, _world.Id);

        var read = DeviceCredentials.Parse(credentials.Format(), _world.Id);

        Assert.Equal((credentials.Certificate.Thumbprint, true, Start.AddDays(1)), (read.Certificate.Thumbprint, read.Certificate.HasPrivateKey, read.NotAfter));
        Assert.Equal(_world.Fleet.Root.Thumbprint, Assert.Single(read.Intermediates).Thumbprint);
        Assert.Throws<FormatException>(() => DeviceCredentials.Parse(credentials.Format(), DeviceId.Parse("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10")));
    }

    // The gateway judges by its own clock, and the device's stands still.
    private async Task ExpireAsync()
    {
        await _world.SyncAsync();
        await _world.RestartAsync();
        var (issued, renewed) = (_world.Enrolments.Count, _world.Renewals.Count);
        _world.Cloud.BeforeToken = () => (_world.Enrolments.Count, _world.Renewals.Count) == (issued, renewed) || _world.Device.Status.CertificateNotAfter == Start + _world.Lifetime
            ? ControlPlaneDouble.Answer(ProblemTypes.CertificateExpired.With("31 days old"))
            : null;
        _world.ServerNow = () => Start.AddDays(31);
    }

    private static string KeyOf(string request) =>
        Convert.ToBase64String(CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256).PublicKey.ExportSubjectPublicKeyInfo());

    private static long Micros(DateTimeOffset time) => time.ToUnixTimeMilliseconds() * 1000;
}
