using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;

namespace EdgeSync.Commands.Tests;

/// <summary>Bodies that nobody should send: good ones with bytes or JSON tokens changed, and noise.</summary>
internal static class BodyMutations
{
    private const int NoiseBytesMax = 400;
    private const int MutationsMax = 4;

    private static readonly string[] Tokens =
    [
        "null", "true", "{}", "[]", "\"\"", "0", "-1", "1e999", "-0.0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "\"9223372036854775807\"", "3.5",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\udfff\\ud800\"", "\"active\"", "\"00000000-0000-0000-0000-000000000000\"", "\"cloud\"", "\"device:0\"", "[null]", "{\"\":{}}", "\"-----BEGIN CERTIFICATE REQUEST-----\"",
        string.Concat(Enumerable.Repeat("[", 80)) + string.Concat(Enumerable.Repeat("]", 80)), "\"" + new string('x', 3_000) + "\"", "[" + string.Join(',', Enumerable.Repeat("{}", 200)) + "]",
    ];

    private delegate byte[] Mutation(byte[] body, int at, int length, byte other);

    private static readonly Mutation[] Mutations =
    [
        (body, at, _, other) => body.Length == 0 ? body : [.. body[..at], (byte)(body[at] ^ (other | 1)), .. body[(at + 1)..]],
        (body, at, length, _) => [.. body[..at], .. body[Math.Min(body.Length, at + length)..]],
        (body, at, _, other) => [.. body[..at], other, .. body[at..]],
        (body, at, length, _) => [.. body[..at], .. body[at..Math.Min(body.Length, at + length)], .. body[at..]],
        (body, at, _, _) => body[..at],
        (body, at, _, other) => ReplaceToken(body, at, Tokens[other % Tokens.Length]),
        (body, at, _, other) => ReplaceToken(body, at, Tokens[other % Tokens.Length]),
        (body, at, _, other) => ReplaceToken(body, at, Tokens[other % Tokens.Length]),
    ];

    /// <summary>In equal parts well-formed JSON with other values, fields left out or values twice, and bytes changed anywhere; one in nine is noise.</summary>
    public static Gen<byte[]> Of(string good)
    {
        var bytes = Encoding.UTF8.GetBytes(good);
        var step = Gen.Select(Gen.Int[0, Mutations.Length - 1], Gen.Int[0, int.MaxValue - 1], Gen.Int[1, 40], Gen.Byte);
        return Gen.Frequency(
            (4, step.Array[1, 2].Select(steps => Encoding.UTF8.GetBytes(steps.Aggregate(good, (body, change) => Restructure(body, change.Item2, change.Item4))))),
            (4, step.Array[1, MutationsMax].Select(steps => steps.Aggregate(bytes, (body, change) => Mutations[change.Item1](body, body.Length == 0 ? 0 : change.Item2 % body.Length, change.Item3, change.Item4)))),
            (1, Gen.Byte.Array[0, NoiseBytesMax]));
    }

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
