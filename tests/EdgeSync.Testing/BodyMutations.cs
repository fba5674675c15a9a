using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace EdgeSync.Testing;

/// <summary>Bodies that nobody should send: good ones with bytes or JSON tokens changed, noise, JSON without a bottom.</summary>
public static class BodyMutations
{
    private const int NoiseBytesMax = 400;
    private const int MutationsMax = 4;
    private const int DepthMax = 20_000;

    private static readonly string[] Tokens =
    [
        "null", "true", "{}", "[]", "\"\"", "0", "-1", "1e999", "-0.0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "\"9223372036854775807\"", "3.5",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\udfff\\ud800\"", "\"active\"", "\"00000000-0000-0000-0000-000000000000\"", "\"cloud\"", "\"device:0\"", "[null]", "{\"\":{}}", "\"-----BEGIN CERTIFICATE REQUEST-----\"",
        string.Concat(Enumerable.Repeat("[", 80)) + string.Concat(Enumerable.Repeat("]", 80)), "\"" + new string('x', 3_000) + "\"", "[" + string.Join(',', Enumerable.Repeat("{}", 200)) + "]",
    ];

    private delegate byte[] Mutation(byte[] body, int at, int length, byte other);

    private static readonly Mutation[] ByteMutations =
    [
        (body, at, _, other) => body.Length == 0 ? body : [.. body[..at], (byte)(body[at] ^ (other | 1)), .. body[(at + 1)..]],
        (body, at, length, _) => [.. body[..at], .. body[Math.Min(body.Length, at + length)..]],
        (body, at, _, other) => [.. body[..at], other, .. body[at..]],
        (body, at, length, _) => [.. body[..at], .. body[at..Math.Min(body.Length, at + length)], .. body[at..]],
        (body, at, _, _) => body[..at],
    ];

    private static readonly Mutation[] ProtobufMutations =
    [
        .. ByteMutations,
        // The longest varint, alone and as a length.
        (body, at, _, _) => [.. body[..at], .. Enumerable.Repeat((byte)0xff, 9), 1, .. body[at..]],
        (body, at, length, other) => [.. body[..at], (byte)((other & 0x78) | 2), .. Enumerable.Repeat((byte)0xff, length % 5), 0x07, .. body[at..]],
        // Groups that begin and never end.
        (body, at, _, other) => [.. body[..at], .. Enumerable.Repeat((byte)0x0b, 10 * other), .. body[at..]],
    ];

    private static readonly Mutation[] JsonMutations =
    [
        .. ByteMutations,
        (body, at, _, other) => ReplaceToken(body, at, Tokens[other % Tokens.Length]),
        (body, at, _, other) => ReplaceToken(body, at, Tokens[other % Tokens.Length]),
        (body, at, _, other) => ReplaceToken(body, at, Tokens[other % Tokens.Length]),
    ];

    /// <summary>
    /// Of a good JSON body, in equal parts: well-formed JSON with other values, fields left out or values twice; and bytes changed anywhere. One in nine is noise, and one in ninety so deep
    /// that a reader which calls itself would fall.
    /// </summary>
    public static Gen<byte[]> OfJson(string good) => Gen.Frequency(
        (40, Step.Array[1, 2].Select(steps => Encoding.UTF8.GetBytes(steps.Aggregate(good, (body, step) => Restructure(body, step.At, step.Other))))),
        (40, Mutate(Encoding.UTF8.GetBytes(good), JsonMutations)),
        (9, Noise),
        (1, Gen.Select(Gen.OneOf("[", "{\"a\":", "{\"unknown\":[", "{\"streams\":["), Gen.Int[1, DepthMax]).Select((open, depth) => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, depth))))));

    /// <summary>Mutations of a good Protobuf body, and one in ten of noise.</summary>
    public static Gen<byte[]> OfProtobuf(byte[] good) => Gen.Frequency((9, Mutate(good, ProtobufMutations)), (1, Noise));

    /// <summary>Mutations of a good body in gzip: its frame, its checksum and what is packed may be wrong.</summary>
    public static Gen<byte[]> OfGzip(byte[] good) => Mutate(Gzip(good), ByteMutations);

    /// <summary>The body as it travels under <c>Content-Encoding: gzip</c>.</summary>
    public static byte[] Gzip(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return packed.ToArray();
    }

    private static Gen<byte[]> Noise => Gen.Byte.Array[0, NoiseBytesMax];

    private static Gen<(int Kind, int At, int Length, byte Other)> Step => Gen.Select(Gen.Int[0, int.MaxValue - 1], Gen.Int[0, int.MaxValue - 1], Gen.Int[1, 40], Gen.Byte);

    private static Gen<byte[]> Mutate(byte[] good, Mutation[] mutations) => Step.Array[1, MutationsMax].Select(
        steps => steps.Aggregate(good, (body, step) => mutations[step.Kind % mutations.Length](body, body.Length == 0 ? 0 : step.At % body.Length, step.Length, step.Other)));

    // The token is written into the text, not the tree: some are no JSON that a tree would take.
    private static string Restructure(string body, int at, byte other)
    {
        const string Mark = "@@";
        // A tree of half a surrogate pair cannot be written again.
        if (body.Contains("\\ud", StringComparison.Ordinal) || Parse(body) is not { } root || Places(root).ToList() is not { Count: > 0 } places)
        {
            return body;
        }

        var (parent, name, index) = places[at % places.Count];
        switch (parent, other % 10)
        {
            case (JsonObject fields, 0):
                fields.Remove(name!);
                break;
            case (JsonArray items, 0):
                items.Add(items[index]?.DeepClone());
                break;
            case (JsonObject fields, _):
                fields[name!] = Mark;
                break;
            case (JsonArray items, _):
                items[index] = Mark;
                break;
        }

        return root.ToJsonString().Replace($"\"{Mark}\"", Tokens[other % Tokens.Length], StringComparison.Ordinal);
    }

    private static JsonNode? Parse(string body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IEnumerable<(JsonNode Parent, string? Name, int Index)> Places(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Places(field.Value).Prepend((fields, field.Key, 0))),
        JsonArray items => items.SelectMany((item, i) => Places(item).Prepend((items, null, i))),
        _ => [],
    };

    // The value after the next colon, or the element after the next bracket or comma.
    private static byte[] ReplaceToken(byte[] body, int at, string token)
    {
        var begin = Array.FindIndex(body, at, value => value is (byte)':' or (byte)'[' or (byte)',') + 1;
        if (begin == 0)
        {
            return [.. Encoding.UTF8.GetBytes(token)];
        }

        var end = Array.FindIndex(body, begin, value => value is (byte)',' or (byte)'}' or (byte)']');
        return [.. body[..begin], .. Encoding.UTF8.GetBytes(token), .. end < 0 ? [] : body[end..]];
    }
}
