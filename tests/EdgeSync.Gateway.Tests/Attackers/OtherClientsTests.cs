using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

/// <summary>What .NET's own client says of the doors is what OpenSSL's and curl's say.</summary>
public sealed class OtherClientsTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-clients-");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Device => $"https://127.0.0.1:{gateway.Addresses.DevicePort}";

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Openssl_with_a_certificate_of_the_fleet_is_let_in_by_tls_1_3()
    {
        var said = await OpensslAsync("-tls1_3", "-cert", Certificate("device"), "-key", Key("device"));

        Assert.Contains("New, TLSv1.3", said, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", said, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 401", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Openssl_by_tls_1_2_is_told_to_speak_another_version() =>
        Assert.Contains("alert protocol version", await OpensslAsync("-tls1_2", "-cert", Certificate("device"), "-key", Key("device")), StringComparison.Ordinal);

    [Fact]
    public async Task Openssl_without_a_certificate_gets_no_answer() =>
        Assert.DoesNotContain("HTTP/1.1", await OpensslAsync("-tls1_3"), StringComparison.Ordinal);

    [Fact]
    public async Task Openssl_with_a_certificate_that_it_signed_itself_gets_no_answer()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new CertificateRequest("CN=me", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        Write("self", certificate);

        Assert.DoesNotContain("HTTP/1.1", await OpensslAsync("-tls1_3", "-cert", Certificate("self"), "-key", Key("self")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_with_a_certificate_of_the_fleet_gets_a_token()
    {
        var (exit, said) = await CurlAsync("--http2", "--cert", Certificate("device"), "--key", Key("device"), "-X", "POST", Device + Routes.Token);

        Assert.Equal(0, exit);
        Assert.StartsWith("HTTP/2 200", said, StringComparison.Ordinal);
        Assert.Contains("\"expiresInSeconds\":600", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/telemetry", "HTTP/2 401", "token-missing")]
    [InlineData("/v1/../v1/telemetry", "HTTP/2 401", "token-missing")]
    [InlineData("/v1//telemetry", "HTTP/2 404", "not-found")]
    [InlineData("/v1/%2e%2e/v1/devices", "HTTP/2 404", "not-found")]
    [InlineData("/v1/devices", "HTTP/2 404", "not-found")]
    [InlineData("/internal/v1/revocations", "HTTP/2 404", "not-found")]
    public async Task Curl_is_told_what_everybody_is_told(string path, string status, string code)
    {
        var (_, said) = await CurlAsync("--http2", "--path-as-is", "--cert", Certificate("device"), "--key", Key("device"), Device + path);

        Assert.StartsWith(status, said, StringComparison.Ordinal);
        Assert.Contains($"urn:edgesync:problem:{code}", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_by_tls_1_2_or_without_a_certificate_gets_no_answer()
    {
        var (old, _) = await CurlAsync("--tls-max", "1.2", "--cert", Certificate("device"), "--key", Key("device"), Device + Routes.Token);
        var (without, said) = await CurlAsync(Device + Routes.Token);

        // 35: the handshake failed. Over TLS 1.3 a client hears only after its own part that it was refused, and then it is a failed transfer.
        Assert.Equal(35, old);
        Assert.NotEqual(0, without);
        // No status line; curl's own words may speak of HTTP/2.
        Assert.DoesNotMatch(@"HTTP/\S+ \d{3}", said);
    }

    private async Task<string> OpensslAsync(params string[] arguments)
    {
        var (_, said) = await RunAsync(
            "openssl", ["s_client", "-connect", $"127.0.0.1:{gateway.Addresses.DevicePort}", "-CAfile", Certificate("ca"), "-ign_eof", .. arguments],
            $"POST {Routes.Heartbeat} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return said;
    }

    private Task<(int Exit, string Said)> CurlAsync(params string[] arguments) =>
        RunAsync("curl", ["--silent", "--show-error", "--include", "--max-time", "20", "--cacert", Certificate("ca"), .. arguments], "");

    private static async Task<(int Exit, string Said)> RunAsync(string program, string[] arguments, string input)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(Ct), process.StandardError.ReadToEndAsync(Ct));
            try
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), Ct);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It was refused before it could write.
            }

            await process.WaitForExitAsync(Ct);
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            TestServer.Miss($"{program} is not installed here (apt-get install {program}).");
            throw;
        }
    }

    private string Certificate(string name)
    {
        var path = Path.Combine(_folder.FullName, name + ".pem");
        if (!File.Exists(path))
        {
            Write(name, name == "ca" ? gateway.Pki.Root : gateway.Pki.IssueDevice(gateway.Device));
        }

        return path;
    }

    private string Key(string name) => Path.Combine(_folder.FullName, name + ".key");

    private void Write(string name, X509Certificate2 certificate)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, name + ".pem"), certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(Key(name), key.ExportPkcs8PrivateKeyPem());
    }
}
