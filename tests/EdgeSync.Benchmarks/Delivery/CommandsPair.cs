using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Benchmarks;

/// <summary>Two instances of Commands over one PostgreSQL, each a process of its own, and an operator of each.</summary>
internal sealed class CommandsPair : IAsyncDisposable
{
    private readonly string _folder;
    private readonly TestPki _pki;

    private CommandsPair(string folder, TestPki pki, ServiceProcess one, ServiceProcess other)
    {
        (_folder, _pki, One, Other) = (folder, pki, one, other);
        ToOne = Client(one, TestTokens.Shared.ForOperator());
        ToOther = Client(other, TestTokens.Shared.ForOperator());
    }

    /// <summary>Where devices wait.</summary>
    public ServiceProcess One { get; }

    public ServiceProcess Other { get; }

    public HttpClient ToOne { get; }

    public HttpClient ToOther { get; }

    public static async Task<CommandsPair> StartAsync(string connectionString, TimeProvider time, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("edgesync-benchmark-fleet-").FullName;
        var pki = new TestPki();
        var issuing = pki.IssueIntermediate();
        var (certificate, key) = (Path.Combine(folder, "issuing.pem"), Path.Combine(folder, "issuing.key"));
        await File.WriteAllTextAsync(certificate, issuing.ExportCertificatePem() + "\n" + pki.Root.ExportCertificatePem(), ct);
        using (var ecdsa = issuing.GetECDsaPrivateKey()!)
        {
            await File.WriteAllTextAsync(key, ecdsa.ExportPkcs8PrivateKeyPem(), ct);
        }

        (string, string)[] settings = [("Fleet__IssuingCertificatePath", certificate), ("Fleet__IssuingKeyPath", key)];
        var one = await ServiceProcess.StartAsync("EdgeSync.Commands.dll", connectionString, settings, time, ct);
        try
        {
            return new CommandsPair(folder, pki, one, await ServiceProcess.StartAsync("EdgeSync.Commands.dll", connectionString, settings, time, ct));
        }
        catch
        {
            await one.DisposeAsync();
            throw;
        }
    }

    /// <summary>HTTP/2 without TLS over as many connections as its streams need, as the gateway speaks.</summary>
    public static HttpClient Client(ServiceProcess service, string? token = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { EnableMultipleHttp2Connections = true, PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan })
        {
            BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{service.Address}")),
            DefaultRequestVersion = System.Net.HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>An operator's or a device's request, answered with a message.</summary>
    /// <exception cref="InvalidOperationException">It was refused; the message holds the answer.</exception>
    public static async Task<T> SendAsync<T>(HttpClient client, HttpMethod method, string path, object? message, string? token, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (message is not null)
        {
            request.Content = JsonContent.Create(message, message.GetType(), MediaTypeHeaderValue.Parse(Protocol.Headers.JsonMediaType), ProtocolJson.Default.Options);
        }

        using var response = await client.SendAsync(request, ct);
        var bytes = await response.Content.ReadAsByteArrayAsync(ct);
        return response.IsSuccessStatusCode
            ? bytes.Length == 0 ? default! : (T)JsonSerializer.Deserialize(bytes, typeof(T), ProtocolJson.Default)!
            : throw new InvalidOperationException($"{method} {path} was answered {(int)response.StatusCode}: {System.Text.Encoding.UTF8.GetString(bytes)}");
    }

    public async ValueTask DisposeAsync()
    {
        ToOne.Dispose();
        ToOther.Dispose();
        await One.DisposeAsync();
        await Other.DisposeAsync();
        _pki.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
