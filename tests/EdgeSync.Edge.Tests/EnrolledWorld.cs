using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Edge.Tests;

/// <summary>A device that keeps its own identity, the fleet that issues it, and a control plane behind both; only the sockets are missing.</summary>
internal sealed class EnrolledWorld : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-test-");
    private int _seed = 1;

    public EnrolledWorld(string? secret = "secret")
    {
        ServerNow = Time.GetUtcNow;
        Cloud = new ControlPlaneDouble(Id) { ServerTime = () => ServerNow().ToUnixTimeMilliseconds() * 1000 };
        Options = new EdgeDeviceOptions
        {
            Device = Id,
            DatabasePath = Path.Combine(_directory.FullName, "device.db"),
            ControlPlane = new Uri("https://gateway.test:8443"),
            Enrolment = new Uri("https://gateway.test:8444"),
            EnrolmentSecret = secret,
            IdentityFolder = Path.Combine(_directory.FullName, "identity"),
            AuthoritiesPath = Fleet.WriteRoots(_directory.FullName),
            EventStream = false,
        };
        Device = Open();
    }

    public DeviceId Id { get; } = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    public FleetDouble Fleet { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    public ControlPlaneDouble Cloud { get; }

    public EdgeDeviceOptions Options { get; set; }

    public EdgeDevice Device { get; private set; }

    /// <summary>The control plane's clock.</summary>
    public Func<DateTimeOffset> ServerNow { get; set; }

    public TimeSpan Lifetime { get; set; } = TimeSpan.FromDays(30);

    public string? Pins { get; set; }

    /// <summary>Answers in place of the one who issues certificates, or throws; null lets the request through.</summary>
    public Func<string, HttpResponseMessage?> BeforeIssue { get; set; } = static _ => null;

    /// <summary>The certificate is issued, and its answer is lost.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>Changes what is issued.</summary>
    public Func<string, string> Spoil { get; set; } = static certificate => certificate;

    public List<EnrolmentRequest> Enrolments { get; } = [];

    public List<RenewalRequest> Renewals { get; } = [];

    /// <summary>The certificate that each request was sent with, by path.</summary>
    public List<(string Path, string? Certificate)> Shown { get; } = [];

    public int OpenHandlers { get; private set; }

    public string IdentityFile(string name) => Path.Combine(Options.IdentityFolder!, name);

    public EdgeDevice Open() => EdgeDevice.Open(Options, tls => new Connection(this, tls), [], Time, NullLoggerFactory.Instance, new Random(_seed++));

    public async Task RestartAsync()
    {
        await Device.DisposeAsync();
        Device = Open();
    }

    public Task SyncAsync() => Device.Parts.Agent.PassAsync(TestContext.Current.CancellationToken, TestContext.Current.CancellationToken);

    public void Append() => Device.Append([new Reading("temperature", Time.GetMicroseconds(), 1)]);

    public async ValueTask DisposeAsync()
    {
        await Device.DisposeAsync();
        Cloud.Dispose();
        Fleet.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task<HttpResponseMessage> AnswerAsync(HttpRequestMessage request, X509Certificate2? certificate, CancellationToken ct)
    {
        var path = request.RequestUri!.AbsolutePath;
        Shown.Add((path, certificate?.Thumbprint));
        if (path is not (Routes.Enrolment or Routes.Certificates))
        {
            using var invoker = new HttpMessageInvoker(Cloud, disposeHandler: false);
            return await invoker.SendAsync(request, ct);
        }

        var body = await request.Content!.ReadAsByteArrayAsync(ct);
        string csr;
        if (path == Routes.Enrolment)
        {
            Enrolments.Add(JsonSerializer.Deserialize(body, ProtocolJson.Default.EnrolmentRequest)!);
            csr = Enrolments[^1].CertificateRequest;
        }
        else
        {
            Renewals.Add(JsonSerializer.Deserialize(body, ProtocolJson.Default.RenewalRequest)!);
            csr = Renewals[^1].CertificateRequest;
        }

        if (BeforeIssue(path) is { } instead)
        {
            return instead;
        }

        var now = ServerNow();
        var issued = new IssuedCertificate(Spoil(Fleet.Issue(csr, Id, now, now + Lifetime)), Pins);
        return LosesAnswer
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "the answer was lost")
            : ControlPlaneDouble.Answer(issued, ProtocolJson.Default.IssuedCertificate);
    }

    private sealed class Connection : HttpMessageHandler
    {
        private readonly EnrolledWorld _world;
        private readonly X509Certificate2? _certificate;

        public Connection(EnrolledWorld world, SslClientAuthenticationOptions tls)
        {
            (_world, _certificate) = (world, tls.ClientCertificateContext?.TargetCertificate);
            world.OpenHandlers++;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _world.AnswerAsync(request, _certificate, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            _world.OpenHandlers--;
            base.Dispose(disposing);
        }
    }
}
