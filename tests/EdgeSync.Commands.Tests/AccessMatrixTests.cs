using System.Security.Cryptography;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>Every route that the running service has, called by everyone.</summary>
public sealed class AccessMatrixTests
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_says_who_may_call_it()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);

        var routes = AccessMatrix.Of(host.Services);

        Assert.Empty(AccessMatrix.Undecided(routes));
        Assert.Superset(
            typeof(Routes).GetFields().Select(field => (string)field.GetRawConstantValue()!).Where(IsOurs).ToHashSet(),
            routes.Select(route => route.Pattern).ToHashSet());
        Assert.Equal(
            ["/alive", Routes.Console, "/health", Routes.Revocations, "/openapi/{documentName}.json", Routes.Enrolment],
            routes.Where(route => route.OpenBecause is not null).Select(route => route.Pattern).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Everyone_gets_as_far_as_the_policy_of_the_route_says()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        await host.RegisterAsync();
        using var client = host.Client();
        var routes = AccessMatrix.Of(host.Services);

        var (differences, calls) = await AccessMatrix.CompareAsync(client, routes, Pump, Ct);

        Assert.Empty(differences);
        Assert.Equal(routes.Count * 7, calls);
    }

    [Fact]
    public void A_route_that_says_nothing_or_two_things_is_found()
    {
        AccessRoute[] routes =
        [
            new("GET", "/good", [Access.FleetRead], null),
            new("GET", "/open", [], "because"),
            new("GET", "/silent", [], null),
            new("GET", "/unreasoned", [], ""),
            new("GET", "/both", [Access.Device], "because"),
            new("GET", "/two", [Access.Device, Access.FleetRead], null),
            new("GET", "/unknown", ["other"], null),
        ];

        Assert.Equal(
            ["GET /silent", "GET /unreasoned", "GET /both", "GET /two", "GET /unknown"],
            AccessMatrix.Undecided(routes).Select(sentence => sentence[..sentence.IndexOf(" says", StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task A_difference_is_found()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        using var client = host.Client();

        var (differences, _) = await AccessMatrix.CompareAsync(client, [new AccessRoute("GET", Routes.Devices, [Access.FleetWrite], null)], Pump, Ct);

        Assert.Equal([$"GET {Routes.Devices} answers {Access.FleetRead} with in, not {ProblemTypes.RoleMissing.Code}."], differences);
    }

    [Fact]
    public async Task No_route_of_devices_names_a_device()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);

        Assert.DoesNotContain(OfDevices(host), route => route.Pattern.Contains('{', StringComparison.Ordinal));
    }

    /// <summary>Whatever a device sends, in body or query, what is another's stays as it is and is not told.</summary>
    [Fact]
    public async Task A_devices_token_neither_reads_nor_changes_what_is_anothers()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        var pump = await host.RegisterAsync(Pump.ToString());
        var valve = await host.RegisterAsync(Valve.ToString());
        var token = await host.CreateTokenAsync(device: Valve);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await host.EnrolAsync(token.Secret, Valve, key).CertificateAsync();
        var secret = await valve.CreateAsync(payload: """{"text":"valve-secret"}""");
        await valve.PutAsync("valve-secret", "1");
        var before = await ValveAsync(host);

        var bodies = new Dictionary<string, object?>
        {
            [Routes.CommandReceipts] = new ReceiptRequest(pump.Boot, pump.LiveEpoch, [secret.Id]),
            [Routes.CommandResults] = new ResultRequest(pump.Boot, pump.LiveEpoch, [new CommandResult(secret.Id, CommandOutcome.Succeeded, 0)]),
            [Routes.Config] = new ConfigExchange(pump.Boot, 0, [], []),
            [Routes.Certificates] = new RenewalRequest(TestFleet.Request()),
            [Routes.Commands] = null,
            [Routes.Events] = null,
        };
        foreach (var route in OfDevices(host))
        {
            using var client = host.Client(TestTokens.Shared.ForDevice(Pump, route.Policies.Contains(Access.Renewal) ? DeviceTokenScope.Renewal : DeviceTokenScope.Device));
            using var answer = await SendAsync(client, route, $"{route.Pattern}?device={Valve}&deviceId={Valve}", bodies[route.Pattern]);
            Assert.True(answer.IsSuccessStatusCode, $"{route} {(int)answer.StatusCode}");
            if (route.Pattern != Routes.Events)
            {
                var text = await answer.Content.ReadAsStringAsync(Ct);
                Assert.DoesNotContain("valve-secret", text, StringComparison.Ordinal);
                Assert.DoesNotContain(Valve.ToString(), text, StringComparison.Ordinal);
            }

            Assert.Equal(before, await ValveAsync(host));
        }

        // The driver would see a change.
        await valve.PullAsync();
        Assert.NotEqual(before, await ValveAsync(host));
    }

    private static bool IsOurs(string route) =>
        route is Routes.Enrolment or Routes.Certificates or Routes.ConfigRules or Routes.Conflicts or Routes.ConflictReplay or Routes.Config or Routes.Events or Routes.Revocations or Routes.Operator or Routes.Console
        || route.StartsWith(Routes.Fleet, StringComparison.Ordinal)
        || route.StartsWith("/v1/enrolment-tokens", StringComparison.Ordinal)
        || route.StartsWith("/v1/command", StringComparison.Ordinal)
        || route.StartsWith("/v1/alert", StringComparison.Ordinal)
        || (route.StartsWith("/v1/devices", StringComparison.Ordinal)
            && route is not (Routes.DeviceSync or Routes.DeviceTelemetry or Routes.DeviceTelemetryBuckets or Routes.DeviceLatest or Routes.DeviceDigests));

    private static IEnumerable<AccessRoute> OfDevices(CommandsHost host) =>
        AccessMatrix.Of(host.Services).Where(route => route.Policies.Contains(Access.Device) || route.Policies.Contains(Access.Renewal));

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, AccessRoute route, string path, object? body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(route.Method), path);
        request.Content = body is null ? null : new StringContent(
            System.Text.Json.JsonSerializer.Serialize(body, body.GetType(), ProtocolJson.Default), System.Text.Encoding.UTF8, Headers.JsonMediaType);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
    }

    private static async Task<string> ValveAsync(CommandsHost host)
    {
        var rows = new List<string>();
        await using var connection = await host.Get<ControlPlaneDatabase>().OpenAsync(Ct);
        foreach (var table in CommandsHost.Tables.Where(table => table is not ("enrolment_tokens" or "revocation_head" or "command_batches" or "config_rules" or "rollouts" or "fleet_history" or "sync_latency")
            && (!table.StartsWith("alert", StringComparison.Ordinal) || table == "alerts")))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM {table} WHERE device_id = '{Valve}'";
            await using var reader = await command.ExecuteReaderAsync(Ct);
            while (await reader.ReadAsync(Ct))
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) is byte[] bytes ? Convert.ToHexString(bytes) : $"{reader.GetValue(i)}")));
            }
        }

        return string.Join('\n', rows.Order(StringComparer.Ordinal));
    }
}
