using System.Net.Http.Headers;
using System.Text.Json;
using CsCheck;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;

namespace EdgeSync.Commands.Tests;

/// <summary>Random and mutated bodies to every endpoint that takes one, <see cref="FuzzRun.Bodies"/> each.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly DeviceId Pump = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly DeviceId Valve = DeviceId.Parse("1b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_body_comes_to_whatever_endpoint_it_is_answered_and_never_by_a_fault()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        // Devices speak for themselves; operators write about another one, so that none of their words stops the first.
        var pump = await host.RegisterAsync(Pump.ToString());
        await host.RegisterAsync(Valve.ToString());
        var goodBodies = await GoodBodiesAsync(host, pump);
        var routes = AccessMatrix.Of(host.Services).Where(route => route.Method is "POST" or "PUT" or "PATCH" && !TakesNoBody(route)).ToList();
        Assert.Equal(routes.Select(route => route.Pattern).Order(StringComparer.Ordinal), goodBodies.Keys.Order(StringComparer.Ordinal));
        await Task.WhenAll(routes.Select(route => FuzzAsync(host, route, goodBodies[route.Pattern], 50)));

        var measured = await FuzzRun.MeasureAsync(async () =>
        {
            foreach (var route in routes)
            {
                var statuses = await FuzzAsync(host, route, goodBodies[route.Pattern], FuzzRun.Bodies);
                output.WriteLine($"{route}: {FuzzRun.Describe(statuses)}");
                // A body that was not read says nothing about what reads it.
                Assert.True(statuses.Keys.Any(status => status is 200 or 201 or 204 or 400), $"{route} has read no body.");
            }
        });

        output.WriteLine($"{routes.Count * FuzzRun.Bodies} bodies in {measured}");
        Assert.Equal(Pump, (await host.ViewAsync(Pump)).Id);
        await pump.CreateAsync();
    }

    private static bool TakesNoBody(AccessRoute route) => route.Pattern == Routes.AlertNotificationRetry;

    private static async Task<IReadOnlyDictionary<int, int>> FuzzAsync(CommandsHost host, AccessRoute route, string good, int bodies)
    {
        var isOperators = route.Policies.Any(policy => policy is Access.FleetRead or Access.FleetWrite);
        using var client = isOperators ? host.Client(TestTokens.Shared.ForOperator())
            : host.Client(TestTokens.Shared.ForDevice(Pump, route.Policies.Contains(Access.Renewal) ? DeviceTokenScope.Renewal : DeviceTokenScope.Device));
        var path = route.PathFor(isOperators ? Valve : Pump);
        return await FuzzRun.SendAsync(
            bodies,
            Gen.Select(BodyMutations.OfJson(good), Gen.Int[0, 19]),
            drawn =>
            {
                var (body, shape) = drawn;
                var request = new HttpRequestMessage(HttpMethod.Parse(route.Method), path) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(shape == 0 ? "text/plain" : Headers.JsonMediaType);
                if (shape == 1)
                {
                    request.Content.Headers.ContentEncoding.Add("gzip");
                }

                return request;
            },
            request => client.SendAsync(request, Ct),
            Ct);
    }

    private static async Task<Dictionary<string, string>> GoodBodiesAsync(CommandsHost host, DeviceDriver pump)
    {
        var command = await pump.CreateAsync();
        var token = await host.CreateTokenAsync(EnrolmentTokenRules.DevicesMax);
        var panel = ConfigWriters.Device(new Epoch(7));
        var entry = new ConfigEntry("interval", VersionVector.Empty.Increment(panel), new HybridTime(1, 0), panel, 0, new JsonValue("{\"a\":[1,2]}"));
        return new Dictionary<string, object>
        {
            [Routes.Devices] = new DeviceRegistrations([new DeviceRegistration(Valve, "valve", new() { ["site"] = "north" })]),
            [Routes.DeviceState] = new DeviceStateChange(DeviceState.Active, "as it was"),
            [Routes.EnrolmentTokens] = new CreateEnrolmentToken(3, 3_600, new() { ["site"] = "north" }, Valve),
            [Routes.Enrolment] = new EnrolmentRequest(token.Secret, new DeviceId(new Guid(1, 0, 0, new byte[8])), TestFleet.Request(), "pump"),
            [Routes.Certificates] = new RenewalRequest(TestFleet.Request()),
            [Routes.DeviceCertificateRevocation] = new RevokeCertificate("lost"),
            [Routes.DeviceCommands] = new CreateCommand("ping", new JsonValue("{\"a\":[1,null]}"), 60, "key-1", 5),
            [Routes.DeviceCommandCancel] = new CancelCommand("superseded"),
            [Routes.CommandBatches] = new CreateCommandBatch("site=north,!retired", new CreateCommand("ping", new JsonValue("{\"a\":[1,null]}"), 60, null, 5, "interval")),
            [Routes.CommandBatchCancel] = new CancelCommand("superseded"),
            [Routes.CommandReceipts] = new ReceiptRequest(pump.Boot, pump.LiveEpoch, [command.Id]),
            [Routes.CommandResults] = new ResultRequest(pump.Boot, pump.LiveEpoch, [new CommandResult(command.Id, CommandOutcome.Failed, 1, new JsonValue("{\"a\":1}"), "broken")]),
            [Routes.Config] = new ConfigExchange(pump.Boot, 1, [entry], [new ConfigReport("interval", entry.Vector, ConfigStatus.Rejected, "too fast")]),
            [Routes.ConfigRules] = new ConfigRulesWrite([new ConfigRulePattern("limits.*", ConfigRule.Max)], 3, "after the audit"),
            [Routes.ConflictReplay] = new ConflictReplay([new ConfigRulePattern("*", ConfigRule.Min)], Valve, "limits.*", 1, 2),
            [Routes.DeviceConflictResolve] = new ResolveConflict(ConflictPick.Loser, null, 3, "the panel was right"),
            [Routes.DeviceConfig] = new ConfigPatch(new() { ["interval"] = new JsonValue("{\"a\":[1,2]}"), ["gone"] = JsonValue.Null }, 3, new ConfigHealth("pump", 60)),
            [Routes.Rollouts] = new CreateRollout(
                "north", "site=north", new() { ["interval"] = new JsonValue("5") }, [new RolloutStage("canary"), new RolloutStage(Percent: 50)], new ConfigHealth("pump", 60), 5, 600, 10, "roll-1"),
            [Routes.RolloutPause] = new RolloutChange("lunch", 5),
            [Routes.RolloutResume] = new RolloutChange("lunch is over"),
            [Routes.RolloutAbort] = new RolloutChange("wrong value"),
            [Routes.AlertAcknowledge] = new AcknowledgeAlert("on my way"),
            [Routes.AlertSilences] = new CreateAlertSilence(host.Time.GetMicroseconds() + 60_000_000, "works at the mast", "device-silent", Valve, "site=north"),
            [Routes.AlertRule] = new AlertRuleWrite(AlertKind.DeviceSilent, AlertSeverity.Info, 300, 60, 200, 30, "site=north", "{device} is silent for {value} {unit}.", false),
            [Routes.DeviceConfigKey] = new ConfigWrite(new JsonValue("{\"a\":[1,2]}"), 3),
        }.ToDictionary(pair => pair.Key, pair => JsonSerializer.Serialize(pair.Value, pair.Value.GetType(), ProtocolJson.Default));
    }
}
