using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EdgeSync.Gateway;

/// <summary>What the gateway itself answers: tokens for devices, and the keys to check them with for services.</summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        const string Because = "The gateway checks the certificate of the connection before.";
        var policy = new RoutePolicy(GatewayPort.Device, RouteAccess.Certificate);
        app.MapPost(Routes.Token, IssueAsync).WithName("IssueToken").WithMetadata(policy).AllowAnyone(Because);
        // The framework's own answer to a wrong method belongs to no port.
        app.Map(Routes.Token, RefuseMethodAsync).WithMetadata(policy).AllowAnyone(Because);
        app.MapGet(Routes.TokenKeys, ListKeys).WithName("ListTokenKeys").AllowAnyone("Public keys, on a port that leads to nothing else.");
    }

    private static async Task IssueAsync(HttpContext context, AdmissionGate gate, TokenIssuer tokens, GatewayMetrics metrics, TimeProvider time)
    {
        var certificate = GatewayConnection.Of(context).Certificate!;
        if (gate.Enter(certificate.Device!.Value) is { } hit)
        {
            await hit.AnswerAsync(context, metrics);
            return;
        }

        context.Response.Headers.CacheControl = "no-store";
        var token = tokens.ForDevice(certificate);
        metrics.TokenIssued(certificate.ValidUntil - time.GetUtcNow());
        await context.Response.WriteAsJsonAsync(token, ProtocolJson.Default.DeviceToken, Headers.JsonMediaType, context.RequestAborted);
    }

    private static Task RefuseMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = HttpMethods.Post;
        return ProblemTypes.MethodNotAllowed.With("A token is asked for with POST.").ToResult().ExecuteAsync(context);
    }

    private static ContentHttpResult ListKeys(SigningKeys keys) => TypedResults.Text(PublicKeySet.Write(keys.All.Select(key => key.Public)), PublicKeySet.MediaType);
}
