using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>A message of the protocol out of a JSON body.</summary>
internal static class JsonBody
{
    /// <summary>False with a problem that says what to send instead.</summary>
    public static bool TryRead<T>(
        RequestBody body, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? message, [NotNullWhen(false)] out ProblemResult? problem)
        where T : class
    {
        message = null;
        problem = body.Problem;
        if (problem is null && body.MediaType != Headers.JsonMediaType)
        {
            problem = ProblemTypes.UnsupportedMediaType.With($"Send {Headers.JsonMediaType}.").ToResult();
        }

        if (problem is not null)
        {
            return false;
        }

        try
        {
            message = JsonSerializer.Deserialize(body.Bytes, type);
            problem = message is null ? ProblemTypes.MalformedBody.With($"The body is null; send a {typeof(T).Name} object.").ToResult() : null;
        }
        catch (JsonException e)
        {
            problem = ProblemTypes.MalformedBody.With($"The body is no {typeof(T).Name}: {e.Message}").ToResult();
        }

        return message is not null;
    }
}
