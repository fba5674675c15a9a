using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.Testing;

/// <summary>A route of a running service and who may call it.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Pattern">The path, with its parameters in braces.</param>
/// <param name="Policies">The policies that it asks for; exactly one of <see cref="Access"/> on a route that is right.</param>
/// <param name="OpenBecause">Why anybody may call it; null for a route that asks for a policy.</param>
public sealed record AccessRoute(string Method, string Pattern, IReadOnlyList<string> Policies, string? OpenBecause)
{
    /// <summary>A path of the route: its parameters are ids that exist nowhere, but for the device.</summary>
    public string PathFor(DeviceId device) => AccessMatrix.Parameter().Replace(Pattern, match => match.Groups["name"].Value switch
    {
        "device" => device.ToString(),
        "fingerprint" => new string('0', 2 * Digest.Bytes),
        "documentName" => "v1",
        "command" or "batch" or "token" => "00000000-0000-7000-8000-000000000001",
        _ => "matrix",
    });

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Pattern}";
}

/// <summary>Who may call what, for every endpoint that a service has: a route that nobody thought of shows up.</summary>
public static partial class AccessMatrix
{
    private static readonly string[] Known = [Access.Device, Access.Renewal, Access.FleetRead, Access.FleetWrite];

    /// <summary>Every endpoint of a running service.</summary>
    public static IReadOnlyList<AccessRoute> Of(IServiceProvider services) =>
    [
        .. from endpoint in services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
           from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [HttpMethod.Get.Method]
           select new AccessRoute(
               method,
               endpoint.RoutePattern.RawText ?? "",
               [.. endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy ?? "")],
               endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null ? null : endpoint.Metadata.GetMetadata<OpenAccess>()?.Because ?? ""),
    ];

    /// <summary>What is wrong with what routes say about themselves, a sentence each.</summary>
    public static IEnumerable<string> Undecided(IEnumerable<AccessRoute> routes) =>
        from route in routes
        let isOpen = route.OpenBecause is { Length: > 0 } && route.Policies.Count == 0
        let isClosed = route.OpenBecause is null && route.Policies is [var policy] && Known.Contains(policy)
        where !isOpen && !isClosed
        select $"{route} says '{string.Join(", ", route.Policies)}'{(route.OpenBecause is null ? "" : $" and that anybody may call it because '{route.OpenBecause}'")}: map it with one method of Access.";

    /// <summary>Calls every route as everyone there is, and compares the answer with what its policy promises.</summary>
    /// <param name="client">Leads to the service, without a token.</param>
    /// <param name="routes">The routes to call.</param>
    /// <param name="device">A device that may call.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>A sentence for each answer that is another, and the number of calls.</returns>
    public static async Task<(IReadOnlyList<string> Differences, int Calls)> CompareAsync(HttpClient client, IEnumerable<AccessRoute> routes, DeviceId device, CancellationToken ct)
    {
        var differences = new List<string>();
        var calls = 0;
        foreach (var route in routes)
        {
            foreach (var (caller, token) in Callers(device))
            {
                var expected = Expected(route, caller);
                var actual = await CallAsync(client, route, route.PathFor(device), token, ct);
                calls++;
                if (expected != actual)
                {
                    differences.Add($"{route} answers {caller} with {actual}, not {expected}.");
                }
            }
        }

        return (differences, calls);
    }

    private static IEnumerable<(string Caller, string? Token)> Callers(DeviceId device)
    {
        var tokens = TestTokens.Shared;
        yield return ("nobody", null);
        yield return ("a stranger", "eyJhbGciOiJub25lIn0.e30.");
        yield return (Access.Device, tokens.ForDevice(device));
        yield return (Access.Renewal, tokens.ForDevice(device, DeviceTokenScope.Renewal));
        yield return (Access.FleetRead, tokens.ForOperator(Access.FleetRead));
        yield return (Access.FleetWrite, tokens.ForOperator(Access.FleetWrite));
        yield return ("an operator without a role", tokens.ForOperator("fleet.other"));
    }

    private static string Expected(AccessRoute route, string caller)
    {
        const string In = "in";
        var isOfDevices = route.Policies.Contains(Access.Device) || route.Policies.Contains(Access.Renewal);
        var callerIsDevice = caller is Access.Device or Access.Renewal;
        return route.OpenBecause is not null || route.Policies.Contains(caller) || (caller == Access.FleetWrite && route.Policies.Contains(Access.FleetRead)) ? In
            : caller == "nobody" ? ProblemTypes.TokenMissing.Code
            : caller == "a stranger" || isOfDevices != callerIsDevice ? ProblemTypes.TokenInvalid.Code
            : ProblemTypes.RoleMissing.Code;
    }

    private static async Task<string> CallAsync(HttpClient client, AccessRoute route, string path, string? token, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(route.Method), path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = route.Method is "POST" or "PUT" ? new StringContent("{}", Encoding.UTF8, MediaTypeHeaderValue.Parse(Headers.JsonMediaType)) : null;
        // An event stream has headers, and no end.
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (answer.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
        {
            return (int)answer.StatusCode < 500 ? "in" : $"{(int)answer.StatusCode}";
        }

        var code = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(ct), ProtocolJson.Default.Problem)!.Code;
        // What is refused for what it says came in.
        return answer.StatusCode == HttpStatusCode.Forbidden && code != ProblemTypes.RoleMissing.Code ? "in" : code;
    }

    [GeneratedRegex(@"\{\**(?<name>\w+)[^}]*\}")]
    internal static partial Regex Parameter();
}
