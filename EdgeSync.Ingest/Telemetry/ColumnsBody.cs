using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.OpenApi;

namespace EdgeSync.Ingest;

/// <summary>Bodies in columns, as Protobuf or as its JSON.</summary>
internal static class ColumnsBody
{
    /// <summary>Decodes one.</summary>
    /// <returns>Why it cannot be; null when it was.</returns>
    public static ProblemResult? Decode<T>(RequestBody body, Func<ReadOnlySpan<byte>, T> protobuf, Func<ReadOnlySpan<byte>, T> json, out T? message)
        where T : class
    {
        message = null;
        if (body.Problem is { } unreadable)
        {
            return unreadable;
        }

        try
        {
            message = body.MediaType switch
            {
                Headers.ProtobufMediaType => protobuf(body.Bytes),
                Headers.JsonMediaType => json(body.Bytes),
                _ => null,
            };
        }
        catch (MalformedBatchException e)
        {
            return ProblemTypes.MalformedBody.With(e.Message).ToResult();
        }

        return message is null ? ProblemTypes.UnsupportedMediaType.With($"Send {Headers.ProtobufMediaType} or {Headers.JsonMediaType}.").ToResult() : null;
    }

    /// <summary>Says in the OpenAPI document what it is: decoded by hand, it is in no signature.</summary>
    public static TBuilder WithColumns<TBuilder>(this TBuilder endpoint, string description)
        where TBuilder : IEndpointConventionBuilder => endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Description = description,
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { [Headers.ProtobufMediaType] = new(), [Headers.JsonMediaType] = new() },
            };
            return Task.CompletedTask;
        });
}
