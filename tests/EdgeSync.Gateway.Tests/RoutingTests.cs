using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

public sealed class RoutingTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>
{
    private const string Uuid = "0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> DeviceRoutes => new()
    {
        { Routes.Telemetry, "ingest" },
        { Routes.TelemetryDigests, "ingest" },
        { Routes.TelemetryVerify, "ingest" },
        { Routes.TelemetryRows, "ingest" },
        { Routes.TelemetryRepair, "ingest" },
        { Routes.TelemetryReceipts, "ingest" },
        { Routes.Heartbeat, "ingest" },
        { Routes.Events, "commands" },
        { Routes.Commands, "commands" },
        { Routes.CommandReceipts, "commands" },
        { Routes.CommandResults, "commands" },
        { Routes.Config, "commands" },
        { Routes.Certificates, "commands" },
    };

    public static TheoryData<string, string> OperatorRoutes => new()
    {
        { Routes.Enrolment, "commands" },
        { Routes.EnrolmentTokens, "commands" },
        { Routes.EnrolmentToken, "commands" },
        { Routes.Devices, "commands" },
        { Routes.DeviceState, "commands" },
        { Routes.DeviceHistory, "commands" },
        { Routes.Fleet, "commands" },
        { Routes.FleetDevices, "commands" },
        { Routes.FleetMap, "commands" },
        { Routes.FleetHistory, "commands" },
        { Routes.FleetEvents, "commands" },
        { Routes.Operator, "commands" },
        { Routes.Console, "commands" },
        { Routes.DeviceCertificates, "commands" },
        { Routes.DeviceCertificateRevocation, "commands" },
        { Routes.Device, "commands" },
        { Routes.DeviceSync, "ingest" },
        { Routes.DeviceDigests, "ingest" },
        { Routes.DeviceTelemetry, "ingest" },
        { Routes.DeviceTelemetryBuckets, "ingest" },
        { Routes.DeviceLatest, "ingest" },
        { Routes.DeviceCommands, "commands" },
        { Routes.DeviceCommand, "commands" },
        { Routes.DeviceCommandCancel, "commands" },
        { Routes.DeviceConfig, "commands" },
        { Routes.DeviceConfigKey, "commands" },
        { Routes.DeviceConflicts, "commands" },
        { Routes.DeviceConflict, "commands" },
        { Routes.DeviceConflictResolve, "commands" },
        { Routes.CommandBatches, "commands" },
        { Routes.CommandBatch, "commands" },
        { Routes.CommandBatchCommands, "commands" },
        { Routes.CommandBatchCancel, "commands" },
        { Routes.ConfigRules, "commands" },
        { Routes.Conflicts, "commands" },
        { Routes.ConflictReplay, "commands" },
        { Routes.Rollouts, "commands" },
        { Routes.Rollout, "commands" },
        { Routes.RolloutDevices, "commands" },
        { Routes.RolloutPause, "commands" },
        { Routes.RolloutResume, "commands" },
        { Routes.RolloutAbort, "commands" },
        { Routes.Alerts, "commands" },
        { Routes.Alert, "commands" },
        { Routes.AlertAcknowledge, "commands" },
        { Routes.AlertSilences, "commands" },
        { Routes.AlertSilence, "commands" },
        { Routes.AlertRules, "commands" },
        { Routes.AlertRule, "commands" },
        { Routes.AlertNotifications, "commands" },
        { Routes.AlertNotificationRetry, "commands" },
    };

    [Fact]
    public void Every_path_of_the_protocol_has_a_route()
    {
        var paths = typeof(Routes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

        // The gateway answers two of them itself, and leads nobody to the third.
        string[] others = [Routes.Token, Routes.TokenKeys, Routes.Revocations];
        Assert.Equal(paths.Order(), DeviceRoutes.Concat(OperatorRoutes).Select(row => row.Data.Item1).Concat(others).Order());
    }

    [Theory]
    [MemberData(nameof(DeviceRoutes))]
    public async Task Device_route_leads_to_its_service_over_http_2_and_only_from_the_device_port(string path, string service)
    {
        using var response = await gateway.DeviceClient().PatchAsync(path, null, Ct);
        using var elsewhere = await gateway.OperatorClient().PatchAsync(path, null, Ct);

        var echo = await response.EchoAsync();
        Assert.Equal((service, "HTTP/2", path, gateway.Device.ToString()), (echo.Service, echo.Protocol, echo.Path, echo.Device()));
        await elsewhere.ProblemAsync(ProblemTypes.NotFound);
    }

    [Theory]
    [MemberData(nameof(OperatorRoutes))]
    public async Task Operator_route_leads_to_its_service_and_only_from_the_operator_port(string path, string service)
    {
        var filled = Fill(path);

        using var response = await gateway.OperatorClient().GetAsync(filled + "?limit=5", Ct);
        using var elsewhere = await gateway.DeviceClient().GetAsync(filled, Ct);

        var echo = await response.EchoAsync();
        Assert.Equal((service, "HTTP/2", filled, "?limit=5"), (echo.Service, echo.Protocol, echo.Path, echo.Query));
        await elsewhere.ProblemAsync(ProblemTypes.NotFound);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/v1")]
    [InlineData("/v2/telemetry")]
    [InlineData("/v1/telemetry/more")]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData(Routes.Revocations)]
    [InlineData(Routes.TokenKeys)]
    public async Task Unknown_path_is_not_found_on_either_port(string path)
    {
        using var device = await gateway.DeviceClient().GetAsync(path, Ct);
        using var operators = await gateway.OperatorClient().GetAsync(path, Ct);

        await device.ProblemAsync(ProblemTypes.NotFound);
        await operators.ProblemAsync(ProblemTypes.NotFound);
    }

    [Theory]
    [InlineData("//v1/devices")]
    [InlineData("/v1//devices")]
    [InlineData("/v1/devices//sync")]
    [InlineData("/v1/devices/")]
    [InlineData("/v1/devices/%2Fsync")]
    [InlineData("/v1/devices/a%2Fsync")]
    [InlineData("/v1/devices/a%252Fsync")]
    [InlineData("/v1/devices/%252e%252e/telemetry")]
    [InlineData("/v1/devices/..%2Ftelemetry")]
    [InlineData("/v1/devices/../telemetry")]
    [InlineData("/v1/devices/%2e%2e/telemetry")]
    [InlineData("/v1/devices/..%5Ctelemetry")]
    [InlineData("/v1/devices/../../health")]
    [InlineData("/v1/devices/a%0d%0aEdgeSync-Device:b")]
    public async Task Path_with_two_readings_reaches_no_service(string target)
    {
        var answer = await SendRawAsync(gateway.Addresses.OperatorPort, target);

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Contains("urn:edgesync:problem:not-found", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/./devices")]
    [InlineData("/v1/telemetry/../devices")]
    [InlineData("/v1/dev%69ces")]
    public async Task Path_with_one_reading_is_passed_on_in_that_reading(string target)
    {
        var answer = await SendRawAsync(gateway.Addresses.OperatorPort, target);

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("\"Path\":\"/v1/devices\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Probes_need_no_certificate_on_the_management_port(string path)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Addresses.ManagementPort}") };

        Assert.Equal("Healthy", await client.GetStringAsync(path, Ct));
    }

    [Fact]
    public async Task Management_port_leads_to_no_service()
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{gateway.Addresses.ManagementPort}") };

        using var response = await client.GetAsync(Routes.Devices, Ct);
        using var unknown = await client.GetAsync("/", Ct);

        await response.ProblemAsync(ProblemTypes.NotFound);
        await unknown.ProblemAsync(ProblemTypes.NotFound);
    }

    private static string Fill(string path) => path
        .Replace("{device}", Uuid, StringComparison.Ordinal)
        .Replace("{token}", "one", StringComparison.Ordinal)
        .Replace("{fingerprint}", new string('a', 64), StringComparison.Ordinal)
        .Replace("{command}", Uuid, StringComparison.Ordinal)
        .Replace("{key}", "pump.speed", StringComparison.Ordinal);

    /// <summary>A request line as it is; an HTTP client would tidy the path up.</summary>
    private async Task<string> SendRawAsync(int port, string target)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port, Ct);
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(gateway.ClientTls(null), Ct);
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TestTokens.Shared.ForOperator()}\r\nConnection: close\r\n\r\n"), Ct);
        return await new StreamReader(tls).ReadToEndAsync(Ct);
    }
}
