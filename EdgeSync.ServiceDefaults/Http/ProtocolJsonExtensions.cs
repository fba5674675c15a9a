using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.ServiceDefaults;

/// <summary>Endpoints read and write JSON as the protocol does, and say why when they cannot read it.</summary>
internal static class ProtocolJsonExtensions
{
    public static void AddProtocolJson(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json => Apply(json.SerializerOptions));
        // A body that cannot be bound becomes an exception with a reason, in place of a bare 400.
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
    }

    private static void Apply(JsonSerializerOptions options)
    {
        var protocol = ProtocolJson.Default.Options;
        options.PropertyNamingPolicy = protocol.PropertyNamingPolicy;
        options.PropertyNameCaseInsensitive = protocol.PropertyNameCaseInsensitive;
        options.DefaultIgnoreCondition = protocol.DefaultIgnoreCondition;
        options.NumberHandling = protocol.NumberHandling;
        options.RespectNullableAnnotations = protocol.RespectNullableAnnotations;
        options.RespectRequiredConstructorParameters = protocol.RespectRequiredConstructorParameters;
        options.MaxDepth = protocol.MaxDepth;
        // Two values for one name: readers differ in which they take.
        options.AllowDuplicateProperties = false;
        foreach (var converter in protocol.Converters)
        {
            options.Converters.Add(converter);
        }

        options.TypeInfoResolverChain.Insert(0, ProtocolJson.Default);
    }
}
