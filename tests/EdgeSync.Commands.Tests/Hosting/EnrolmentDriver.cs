using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>What operators and devices do to let a device in and keep it out, in verbs.</summary>
internal static class EnrolmentDriver
{
    public static Task<EnrolmentTokenCreated> CreateTokenAsync(this CommandsHost host, int devices = 1, DeviceId? device = null, Dictionary<string, string>? labels = null, long seconds = 3_600) =>
        host.Operator.SendAsync<EnrolmentTokenCreated>(HttpMethod.Post, Routes.EnrolmentTokens, new CreateEnrolmentToken(devices, seconds, labels, device));

    public static async Task<EnrolmentTokenView> TokenAsync(this CommandsHost host, string id) =>
        (await host.Operator.SendAsync<Page<EnrolmentTokenView>>(HttpMethod.Get, Routes.EnrolmentTokens)).Items.Single(token => token.Id == id);

    public static async Task<HttpResponseMessage> EnrolAsync(this CommandsHost host, string secret, DeviceId device, ECDsa? key = null, string? name = null)
    {
        using var nobody = host.Client();
        return await nobody.SendAsync(HttpMethod.Post, Routes.Enrolment, new EnrolmentRequest(secret, device, key is null ? TestFleet.Request() : TestFleet.Request(key), name));
    }

    public static async Task<HttpResponseMessage> RenewAsync(this CommandsHost host, DeviceId device, ECDsa? key = null)
    {
        using var gateway = host.Client(TestTokens.Shared.ForDevice(device, ServiceDefaults.DeviceTokenScope.Renewal));
        return await gateway.SendAsync(HttpMethod.Post, Routes.Certificates, new RenewalRequest(key is null ? TestFleet.Request() : TestFleet.Request(key)));
    }

    public static async Task<X509Certificate2> CertificateAsync(this Task<HttpResponseMessage> answer)
    {
        using var response = await answer;
        return X509Certificate2.CreateFromPem((await response.ReadAsync<IssuedCertificate>()).Certificate);
    }

    public static async Task<IReadOnlyList<DeviceCertificateView>> CertificatesAsync(this CommandsHost host, DeviceId device) =>
        (await host.Operator.SendAsync<Page<DeviceCertificateView>>(HttpMethod.Get, $"{Routes.Devices}/{device}/certificates")).Items;

    public static Task<HttpResponseMessage> RevokeAsync(this CommandsHost host, DeviceId device, string fingerprint, string reason = "lost") =>
        host.Operator.SendAsync(HttpMethod.Post, $"{Routes.Devices}/{device}/certificates/{fingerprint}/revoke", new RevokeCertificate(reason));

    public static Task<HttpResponseMessage> SetStateAsync(this CommandsHost host, DeviceId device, DeviceState state, string reason = "because") =>
        host.Operator.SendAsync(HttpMethod.Put, $"{Routes.Devices}/{device}/state", new DeviceStateChange(state, reason));

    public static Task<DeviceView> ViewAsync(this CommandsHost host, DeviceId device) =>
        host.Operator.SendAsync<DeviceView>(HttpMethod.Get, $"{Routes.Devices}/{device}");

    public static string FingerprintOf(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    /// <summary>What gateways are told, and when it was signed.</summary>
    public static async Task<(RevocationList List, DateTimeOffset SignedAt)> RevocationsAsync(this CommandsHost host, long? version = null)
    {
        using var gateway = host.Client();
        using var answer = await gateway.SendAsync(HttpMethod.Get, version is null ? Routes.Revocations : $"{Routes.Revocations}?version={version}");
        var statement = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, statement);
        var content = host.Fleet.Read(statement, RevocationList.StatementType);
        return (System.Text.Json.JsonSerializer.Deserialize(content.Payload.Span, ProtocolJson.Default.RevocationList)!, content.SignedAt);
    }
}
