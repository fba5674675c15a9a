using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using EdgeSync.Testing;

namespace EdgeSync.Ingest.Tests;

/// <summary>Every route that the running service has, called by everyone.</summary>
public sealed class AccessMatrixTests
{
    private readonly TestDevice _pump = new TestDevice(1).Produce(3);
    private readonly TestDevice _valve = new TestDevice(2).Produce(5);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_says_who_may_call_it()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);

        var routes = AccessMatrix.Of(host.Services);

        Assert.Empty(AccessMatrix.Undecided(routes));
        Assert.Equal(
            [
                ("/alive", "open"),
                ("/health", "open"),
                ("/openapi/{documentName}.json", "open"),
                (Routes.DeviceDigests, Access.FleetRead),
                (Routes.DeviceLatest, Access.FleetRead),
                (Routes.DeviceSync, Access.FleetRead),
                (Routes.DeviceTelemetry, Access.FleetRead),
                (Routes.DeviceTelemetryBuckets, Access.FleetRead),
                (Routes.Heartbeat, Access.Device),
                (Routes.Telemetry, Access.Device),
                (Routes.TelemetryDigests, Access.Device),
                (Routes.TelemetryReceipts, Access.Device),
                (Routes.TelemetryRepair, Access.Device),
                (Routes.TelemetryRows, Access.Device),
                (Routes.TelemetryVerify, Access.Device),
            ],
            routes.Select(route => (route.Pattern, route.OpenBecause is null ? route.Policies.Single() : "open")).OrderBy(route => route.Pattern, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Everyone_gets_as_far_as_the_policy_of_the_route_says()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);
        await host.AppendAsync(_pump, _pump.Batch(1, 3));
        var routes = AccessMatrix.Of(host.Services);

        using var client = host.Client();
        var (differences, calls) = await AccessMatrix.CompareAsync(client, routes, _pump.Id, Ct);

        Assert.Empty(differences);
        Assert.Equal(routes.Count * 7, calls);
    }

    [Fact]
    public async Task No_route_of_devices_names_a_device()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);

        Assert.DoesNotContain(OfDevices(host), route => route.Pattern.Contains('{', StringComparison.Ordinal));
    }

    [Fact]
    public Task A_devices_token_neither_reads_nor_changes_what_is_anothers_in_a_file() => RequireApartAsync(StorageKind.Sqlite);

    [Fact]
    public Task A_devices_token_neither_reads_nor_changes_what_is_anothers_on_a_server() => RequireApartAsync(StorageKind.Server);

    // Whatever a device sends, in body, query or header, what is another's stays as it is and is not told.
    private async Task RequireApartAsync(StorageKind kind)
    {
        await using var host = await IngestHost.StartAsync(kind);
        await host.AppendAsync(_valve, _valve.Batch(1, 4));
        using var kept = await host.PostAsync(_valve, Routes.Heartbeat, Heartbeat(_valve));
        Assert.True(kept.IsSuccessStatusCode);
        var before = RowsOfValve(host);
        var next = _valve.Batch(5, 5);

        var requests = new Dictionary<string, (byte[] Body, string MediaType, bool Answered)>
        {
            // Another's stream under one's own name begins at another origin.
            [Routes.Telemetry] = (TelemetryCodec.EncodeProtobuf(next), Headers.ProtobufMediaType, false),
            [Routes.TelemetryDigests] = (Json(new DigestQuery(_valve.Epoch, [0, 1, 4], 0)), Headers.JsonMediaType, true),
            [Routes.TelemetryVerify] = (Json(new VerifyQuery(_valve.Epoch, [new VerifyRange(1, 4, 4)])), Headers.JsonMediaType, true),
            [Routes.TelemetryRows] = (Json(new RowsQuery(_valve.Epoch, [new NumberRange(1, 4)])), Headers.JsonMediaType, true),
            [Routes.TelemetryRepair] = (TelemetryCodec.EncodeProtobuf(new TelemetryRepair(_valve.Epoch, [_valve.Batch(1, 4)], [])), Headers.ProtobufMediaType, true),
            [Routes.TelemetryReceipts] = (Json(new DurabilityQuery(_valve.Epoch)), Headers.JsonMediaType, false),
            [Routes.Heartbeat] = (Json(Heartbeat(_valve)), Headers.JsonMediaType, true),
        };
        foreach (var route in OfDevices(host))
        {
            var (body, mediaType, answered) = requests[route.Pattern];
            using var request = new HttpRequestMessage(HttpMethod.Parse(route.Method), $"{route.Pattern}?device={_valve.Id}&deviceId={_valve.Id}") { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
            request.Headers.Add(Headers.Batch, BatchHeader.Of(next, Lane.Live).ToString());
            request.Headers.Add("EdgeSync-Device", _valve.Id.ToString());
            request.Headers.Add("X-Device-Id", _valve.Id.ToString());
            using var answer = await host.SendAsync(_pump, request);
            var text = await answer.Content.ReadAsStringAsync(Ct);

            Assert.True(answered == answer.IsSuccessStatusCode, $"{route} {(int)answer.StatusCode} {text}");
            Assert.DoesNotContain(_valve.Id.ToString(), text, StringComparison.Ordinal);
            Assert.All(Enumerable.Range(1, 4), number => Assert.DoesNotContain(_valve.DigestAt(number).ToString(), text, StringComparison.Ordinal));
            Assert.Equal(before, RowsOfValve(host));
        }

        var own = await host.DigestsAsync(_valve, 4);
        Assert.Equal((4L, _valve.DigestAt(4)), (own.Watermark, own.Digests.Single().Digest));
        Assert.Equal(0, (await DigestsAsync(host)).Watermark);
        // The look at the rows would see a change.
        await host.AppendAsync(_valve, next);
        Assert.NotEqual(before, RowsOfValve(host));
    }

    private async Task<DigestAnswer> DigestsAsync(IngestHost host)
    {
        using var answer = await host.PostAsync(_pump, Routes.TelemetryDigests, new DigestQuery(_valve.Epoch, [4]));
        return await answer.ReadAsync(ProtocolJson.Default.DigestAnswer);
    }

    private static Heartbeat Heartbeat(TestDevice device) =>
        new(device.Boot, device.SentAt, "1.0", "ok", device.SentAt, 0, 0, 0, [new StreamPosition(device.Epoch, device.Head, 0, true)]);

    private static byte[] Json<T>(T message) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(message, typeof(T), ProtocolJson.Default));

    private static IEnumerable<AccessRoute> OfDevices(IngestHost host) => AccessMatrix.Of(host.Services).Where(route => route.Policies.Contains(Access.Device));

    private string RowsOfValve(IngestHost host)
    {
        var rows = host.Storage.Dump().Split('\n').Where(row => row.Contains(_valve.Id.ToString(), StringComparison.OrdinalIgnoreCase)).ToList();
        Assert.NotEmpty(rows);
        return string.Join('\n', rows);
    }
}
