using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using CsCheck;
using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Ingest.Tests;

/// <summary>Random and mutated bodies to every endpoint that takes one, plain and in gzip, <see cref="FuzzRun.Bodies"/> for each kind of body.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    // Enough that one whose boot number a mutation has made enormous leaves others to go on.
    private const int Devices = 256;
    private const int Readings = 8;
    private const int BombBytes = 32 * 1024 * 1024;

    private static readonly byte[] Bomb = BodyMutations.Gzip(new byte[BombBytes]);
    private static readonly byte[] BombOfJson = BodyMutations.Gzip(Enumerable.Repeat((byte)'[', BombBytes).ToArray());
    private static readonly TestDevice[] Fleet = [.. Enumerable.Range(1, Devices).Select(Produce)];
    private static readonly Dictionary<DeviceId, string> Tokens = Fleet.ToDictionary(device => device.Id, device => TestTokens.Shared.ForDevice(device.Id));

    private enum Packing { None, Gzip, GzipClaimed, GzipTwice, Unknown }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_body_comes_to_whatever_endpoint_it_is_answered_and_never_by_a_fault()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);
        Kind[] kinds =
        [
            new(Routes.Telemetry, Headers.ProtobufMediaType, device => TelemetryCodec.EncodeProtobuf(device.Batch(1, Readings, (3, 4)))),
            new(Routes.Telemetry, Headers.JsonMediaType, device => Utf8(TelemetryCodec.EncodeJson(device.Batch(1, Readings, (3, 4))))),
            new(Routes.TelemetryDigests, Headers.JsonMediaType, device => Json(new DigestQuery(device.Epoch, [0, 3, Readings], 1))),
            new(Routes.TelemetryVerify, Headers.JsonMediaType, device => Json(new VerifyQuery(device.Epoch, [new VerifyRange(1, 4, 2), new VerifyRange(5, Readings, 4)]))),
            new(Routes.TelemetryRows, Headers.JsonMediaType, device => Json(new RowsQuery(device.Epoch, [new NumberRange(1, 4), new NumberRange(6, Readings)]))),
            new(Routes.TelemetryRepair, Headers.ProtobufMediaType, device => TelemetryCodec.EncodeProtobuf(Repair(device))),
            new(Routes.TelemetryRepair, Headers.JsonMediaType, device => Utf8(TelemetryCodec.EncodeJson(Repair(device)))),
            new(Routes.TelemetryReceipts, Headers.JsonMediaType, device => Json(new DurabilityQuery(device.Epoch, 3))),
            new(Routes.Heartbeat, Headers.JsonMediaType, device => Json(new Heartbeat(
                device.Boot, device.SentAt, "1.0", "rate-limited", device.SentAt, 12, 3_456, 1, [new StreamPosition(device.Epoch, Readings, 3, true)], device.SentAt, 1L << 40))),
        ];
        Assert.Equal(
            AccessMatrix.Of(host.Services).Where(route => route.Method is not "GET").Select(route => route.Pattern).Order(StringComparer.Ordinal),
            kinds.Select(kind => kind.Path).Distinct().Order(StringComparer.Ordinal));
        using var client = host.Client();
        await Task.WhenAll(kinds.Select(kind => FuzzAsync(client, kind, 100)));

        var measured = await FuzzRun.MeasureAsync(async () =>
        {
            foreach (var kind in kinds)
            {
                var statuses = await FuzzAsync(client, kind, FuzzRun.Bodies);
                output.WriteLine($"{kind.Path} {kind.MediaType}: {FuzzRun.Describe(statuses)}");
                // Bodies that are all refused before they are read say nothing about what reads them.
                // Where nobody signs receipts, a good request is told so.
                Assert.Superset(new HashSet<int> { kind.Path == Routes.TelemetryReceipts ? 404 : 200, 400, 413, 415 }, statuses.Keys.ToHashSet());
            }
        });

        output.WriteLine($"{kinds.Length * FuzzRun.Bodies} bodies in {measured}");
        var late = Produce(Devices + 1);
        Assert.Equal(Readings, (await host.AppendAsync(late, late.Batch(1, Readings))).Watermark);
    }

    private static async Task<IReadOnlyDictionary<int, int>> FuzzAsync(HttpClient client, Kind kind, int bodies)
    {
        var cases = Gen.Int[0, Devices - 1].SelectMany(
            number => Bodies(kind, kind.Good(Fleet[number])), (number, sent) => (Device: Fleet[number], sent.Body, sent.Packing, sent.Shape));
        return await FuzzRun.SendAsync(bodies, cases, drawn => Request(kind, drawn.Device, drawn.Body, drawn.Packing, drawn.Shape), request => client.SendAsync(request, Ct), Ct);
    }

    private static Gen<(byte[] Body, Packing Packing, int Shape)> Bodies(Kind kind, byte[] good)
    {
        var mutated = kind.MediaType == Headers.ProtobufMediaType ? BodyMutations.OfProtobuf(good) : BodyMutations.OfJson(Encoding.UTF8.GetString(good));
        var shape = Gen.Int[0, 99];
        return Gen.Frequency(
            (50, Gen.Select(mutated, shape, (body, s) => (body, Packing.None, s))),
            (25, Gen.Select(mutated, shape, (body, s) => (BodyMutations.Gzip(body), Packing.Gzip, s))),
            (10, Gen.Select(BodyMutations.OfGzip(good), shape, (body, s) => (body, Packing.Gzip, s))),
            (4, Gen.Select(mutated, shape, (body, s) => (body, Packing.GzipClaimed, s))),
            (3, Gen.Select(mutated, shape, (body, s) => (BodyMutations.Gzip(BodyMutations.Gzip(body)), Packing.GzipTwice, s))),
            (2, Gen.Select(mutated, shape, (body, s) => (body, Packing.Unknown, s))),
            (4, shape.Select(s => (good, Packing.None, s))),
            (1, Gen.Select(Gen.OneOf(Bomb, BombOfJson), shape, (body, s) => (body, Packing.Gzip, s))),
            (1, shape.Select(s => (new byte[Limits.BodyBytesMax + 1 + s], Packing.None, s))));
    }

    private static HttpRequestMessage Request(Kind kind, TestDevice device, byte[] body, Packing packing, int shape)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = shape == 0 ? new MediaTypeHeaderValue("text/plain") : shape == 1 ? null : new MediaTypeHeaderValue(kind.MediaType);
        var names = packing switch { Packing.None => "", Packing.GzipTwice => "gzip,gzip", Packing.Unknown => "zstd", _ => "gzip" };
        Array.ForEach(names.Split(',', StringSplitOptions.RemoveEmptyEntries), content.Headers.ContentEncoding.Add);
        var request = new HttpRequestMessage(HttpMethod.Post, kind.Path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens[device.Id]);
        if (HeaderFor(kind, device, packing == Packing.None ? body : [], shape) is { } header)
        {
            request.Headers.TryAddWithoutValidation(Headers.Batch, header);
        }

        return request;
    }

    // What a body that can still be read holds goes into the header too: a mutation must get as far as the database.
    private static string? HeaderFor(Kind kind, TestDevice device, byte[] body, int shape)
    {
        switch (shape)
        {
            case 2:
                return null;
            case 3:
                return "9223372036854775807;9223372036854775807;9223372036854775807;live";
            case 4:
                return "1;1;1;live;" + new string('9', 500);
        }

        try
        {
            return kind.Path != Routes.Telemetry ? null
                : BatchHeader.Of(kind.MediaType == Headers.ProtobufMediaType ? TelemetryCodec.DecodeProtobuf(body) : TelemetryCodec.DecodeJson(body), Lane.Backlog).ToString();
        }
        catch (MalformedBatchException)
        {
            return BatchHeader.Of(device.Batch(1, Readings, (3, 4)), Lane.Live).ToString();
        }
    }

    private static TelemetryRepair Repair(TestDevice device) => new(device.Epoch, [device.Batch(1, Readings, (3, 4))], [new PositionDigest(Readings, device.DigestAt(Readings))]);

    private static TestDevice Produce(int seed) => new TestDevice(seed).Produce(Readings - 2).Produce(
        new Reading("door", TestDevice.Start + 60_000_000, null, """{"open":[true,{"since":1}]}"""),
        new Reading("door", TestDevice.Start + 61_000_000, double.NegativeZero, "\"shut\""));

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Json<T>(T message) => Utf8(JsonSerializer.Serialize(message, typeof(T), ProtocolJson.Default));

    private sealed record Kind(string Path, string MediaType, Func<TestDevice, byte[]> Good);
}
