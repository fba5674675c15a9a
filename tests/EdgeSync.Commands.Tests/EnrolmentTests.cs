using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class EnrolmentTests(ContractDatabase on)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    [Fact]
    public async Task A_device_enrols_and_is_registered_with_the_labels_of_its_token()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var token = await host.CreateTokenAsync(labels: new() { ["site"] = "north" });
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var certificate = await host.EnrolAsync(token.Secret, Pump, key, "pump 7").CertificateAsync();

        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(host.Time.GetUtcNow().AddDays(30).UtcDateTime, certificate.NotAfter.ToUniversalTime());
        var view = await host.ViewAsync(Pump);
        Assert.Equal(("pump 7", DeviceState.Active, "north"), (view.Name, view.State, view.Labels["site"]));
        Assert.Equal(1, (await host.TokenAsync(token.Token.Id)).Used);
        Assert.Equal(
            new DeviceCertificateView(EnrolmentDriver.FingerprintOf(certificate), host.Time.GetMicroseconds(), Microseconds.From(certificate.NotAfter)),
            Assert.Single(await host.CertificatesAsync(Pump)));
    }

    [Fact]
    public async Task What_a_device_gets_leads_to_the_root_and_carries_no_root()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var token = await host.CreateTokenAsync();
        using var answer = await host.EnrolAsync(token.Secret, Pump);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem((await answer.ReadAsync<IssuedCertificate>()).Certificate);

        Assert.Equal(2, chain.Count);
        Assert.Equal(chain[1].Subject, chain[0].Issuer);
        Assert.Equal(host.Fleet.Roots[0].Subject, chain[1].Issuer);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_same_enrolment_again_gets_another_certificate_and_uses_nothing_up()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var token = await host.CreateTokenAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var first = await host.EnrolAsync(token.Secret, Pump, key).CertificateAsync();
        var second = await host.EnrolAsync(token.Secret, Pump, key).CertificateAsync();

        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.Equal((1, 2), ((await host.TokenAsync(token.Token.Id)).Used, (await host.CertificatesAsync(Pump)).Count));
        await host.EnrolAsync(token.Secret, Valve).RefusedAsync(ProblemTypes.EnrolmentRefused);
        Assert.Equal(1, await host.CountAsync("SELECT COUNT(*) FROM devices"));
    }

    [Fact]
    public async Task Another_key_needs_a_token_that_names_the_device()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var open = await host.CreateTokenAsync(devices: 5);
        await host.EnrolAsync(open.Secret, Pump).CertificateAsync();

        await host.EnrolAsync(open.Secret, Pump).RefusedAsync(ProblemTypes.EnrolmentRefused);
        var named = await host.CreateTokenAsync(device: Pump);
        await host.EnrolAsync(named.Secret, Valve).RefusedAsync(ProblemTypes.EnrolmentRefused);
        await host.EnrolAsync(named.Secret, Pump).CertificateAsync();

        Assert.Equal((1, 1, 2), ((await host.TokenAsync(open.Token.Id)).Used, (await host.TokenAsync(named.Token.Id)).Used, (await host.CertificatesAsync(Pump)).Count));
    }

    [Fact]
    public async Task A_device_that_an_operator_registered_enrols_once_and_keeps_its_name()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterAsync();
        var token = await host.CreateTokenAsync(devices: 5, labels: new() { ["site"] = "south" });

        await host.EnrolAsync(token.Secret, Pump, name: "other").CertificateAsync();

        await host.EnrolAsync(token.Secret, Pump).RefusedAsync(ProblemTypes.EnrolmentRefused);
        var view = await host.ViewAsync(Pump);
        Assert.Equal(("pump", 0), (view.Name, view.Labels.Count));
    }

    [Fact]
    public async Task A_token_ends_by_time_or_by_its_operator()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var expiring = await host.CreateTokenAsync(seconds: 60);
        var revoked = await host.CreateTokenAsync(devices: 2);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await host.EnrolAsync(revoked.Secret, Pump, key).CertificateAsync();
        host.Time.Advance(TimeSpan.FromSeconds(60));

        using var answer = await host.Operator.SendAsync(HttpMethod.Delete, $"{Routes.EnrolmentTokens}/{revoked.Token.Id}");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.True((await host.TokenAsync(revoked.Token.Id)).Revoked);
        await host.EnrolAsync(expiring.Secret, Pump, key).RefusedAsync(ProblemTypes.EnrolmentRefused);
        await host.EnrolAsync(revoked.Secret, Pump, key).RefusedAsync(ProblemTypes.EnrolmentRefused);
        await host.EnrolAsync("no such secret", Pump, key).RefusedAsync(ProblemTypes.EnrolmentRefused);
        await host.Operator.SendAsync(HttpMethod.Delete, $"{Routes.EnrolmentTokens}/{Guid.Empty}").RefusedAsync(ProblemTypes.NotFound);
        await host.Operator.SendAsync(HttpMethod.Delete, $"{Routes.EnrolmentTokens}/x").RefusedAsync(ProblemTypes.NotFound);
    }

    [Fact]
    public async Task Tokens_are_listed_in_pages_and_their_secrets_are_nowhere()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var created = new List<EnrolmentTokenCreated>();
        for (var i = 0; i < 3; i++)
        {
            created.Add(await host.CreateTokenAsync());
            host.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var first = await host.Operator.SendAsync<Page<EnrolmentTokenView>>(HttpMethod.Get, $"{Routes.EnrolmentTokens}?limit=2");
        var second = await host.Operator.SendAsync<Page<EnrolmentTokenView>>(HttpMethod.Get, $"{Routes.EnrolmentTokens}?limit=2&after={first.Next}");

        Assert.Equal(created.Select(token => token.Token.Id), first.Items.Concat(second.Items).Select(token => token.Id));
        Assert.Null(second.Next);
        Assert.All(created, token => Assert.Equal(43, token.Secret.Length));
        Assert.Equal(0, await host.CountAsync($"SELECT COUNT(*) FROM enrolment_tokens WHERE token_id IN ({string.Join(", ", created.Select(token => $"'{token.Secret}'"))})"));
        Assert.Equal(3, await host.CountAsync("SELECT COUNT(*) FROM enrolment_tokens"));
    }

    [Fact]
    public async Task A_certificate_is_renewed_for_its_device_alone_while_that_is_active()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var token = await host.CreateTokenAsync();
        var first = await host.EnrolAsync(token.Secret, Pump).CertificateAsync();
        host.Time.Advance(TimeSpan.FromDays(15));

        var renewed = await host.RenewAsync(Pump).CertificateAsync();

        Assert.Equal(first.Subject, renewed.Subject);
        Assert.Equal(
            [EnrolmentDriver.FingerprintOf(renewed), EnrolmentDriver.FingerprintOf(first)],
            (await host.CertificatesAsync(Pump)).Select(certificate => certificate.Fingerprint));
        await host.RenewAsync(Valve).RefusedAsync(ProblemTypes.DeviceUnknown);
        await host.SetStateAsync(Pump, DeviceState.Disabled);
        await host.RenewAsync(Pump).RefusedAsync(ProblemTypes.DeviceDisabled);
    }

    [Fact]
    public async Task A_key_whose_certificate_was_revoked_gets_no_other_one()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var token = await host.CreateTokenAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var certificate = await host.EnrolAsync(token.Secret, Pump, key).CertificateAsync();
        var fingerprint = EnrolmentDriver.FingerprintOf(certificate);

        using var revoked = await host.RevokeAsync(Pump, fingerprint, "stolen");
        host.Time.Advance(TimeSpan.FromSeconds(1));
        using var again = await host.RevokeAsync(Pump, fingerprint.ToUpperInvariant(), "again");

        var view = await revoked.ReadAsync<DeviceCertificateView>();
        Assert.Equal("stolen", view.Reason);
        Assert.Equal(view, await again.ReadAsync<DeviceCertificateView>());
        await host.RenewAsync(Pump, key).RefusedAsync(ProblemTypes.CertificateRevoked);
        await host.EnrolAsync(token.Secret, Pump, key).RefusedAsync(ProblemTypes.EnrolmentRefused);
        await host.RevokeAsync(Pump, new string('0', 64)).RefusedAsync(ProblemTypes.NotFound);
        await host.RevokeAsync(Pump, "x").RefusedAsync(ProblemTypes.NotFound);
    }

    [Fact]
    public async Task Bad_values_are_answered_with_what_to_change()
    {
        await using var host = await CommandsHost.StartAsync(on);
        await host.RegisterAsync();
        var table = new (HttpMethod Method, string Path, object Body, string Field)[]
        {
            (HttpMethod.Post, Routes.EnrolmentTokens, new CreateEnrolmentToken(0, 60), "devices"),
            (HttpMethod.Post, Routes.EnrolmentTokens, new CreateEnrolmentToken(1, 59), "expiresInSeconds"),
            (HttpMethod.Post, Routes.EnrolmentTokens, new CreateEnrolmentToken(1, 90 * 86_400 + 1), "expiresInSeconds"),
            (HttpMethod.Post, Routes.EnrolmentTokens, new CreateEnrolmentToken(1, 60, new() { [""] = "x" }), "labels"),
            (HttpMethod.Post, Routes.Enrolment, new EnrolmentRequest("", Pump, TestFleet.Request()), "secret"),
            (HttpMethod.Post, Routes.Enrolment, new EnrolmentRequest("s", Pump, TestFleet.Request(), "a\nb"), "name"),
            (HttpMethod.Post, Routes.Enrolment, new EnrolmentRequest("s", Pump, "x"), "certificateRequest"),
            (HttpMethod.Put, $"{Routes.Devices}/{Pump}/state", new DeviceStateChange(DeviceState.Quarantined, "x"), "state"),
            (HttpMethod.Put, $"{Routes.Devices}/{Pump}/state", new DeviceStateChange(DeviceState.Active, ""), "reason"),
            (HttpMethod.Put, $"{Routes.Devices}/{Pump}/state", new DeviceStateChange(DeviceState.Active, new string('x', 257)), "reason"),
            (HttpMethod.Post, $"{Routes.Devices}/{Pump}/certificates/{new string('0', 64)}/revoke", new RevokeCertificate("\0"), "reason"),
        };

        foreach (var (method, path, body, field) in table)
        {
            var problem = await host.Operator.SendAsync(method, path, body).RefusedAsync(ProblemTypes.Validation);
            Assert.Equal(field, Assert.Single(problem.Errors!).Key);
        }
    }
}

public sealed class EnrolmentTestsOnSqlite() : EnrolmentTests(ContractDatabase.Sqlite);

public sealed class EnrolmentTestsOnServer() : EnrolmentTests(ContractDatabase.Server);

public sealed class EnrolmentTestsOfDoubtfulCommitsOnSqlite() : EnrolmentTests(ContractDatabase.DoubtfulSqlite);

public sealed class EnrolmentTestsOfDoubtfulCommitsOnServer() : EnrolmentTests(ContractDatabase.DoubtfulServer);
