using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.ServiceDefaults;

/// <summary>Answers a problem, with <c>Retry-After</c> (whole seconds, rounded up) where a wait is known.</summary>
/// <param name="problem">What to answer.</param>
/// <param name="retryAfter">How long to wait before the same is sent again.</param>
public sealed class ProblemResult(Problem problem, TimeSpan? retryAfter = null) : IResult, IStatusCodeHttpResult, IValueHttpResult<Problem>, IEndpointMetadataProvider
{
    /// <inheritdoc/>
    public Problem Value => problem;

    /// <inheritdoc/>
    public int? StatusCode => problem.Status;

    /// <summary>How long to wait before the same is sent again.</summary>
    public TimeSpan? RetryAfter => retryAfter;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        var response = httpContext.Response;
        response.StatusCode = problem.Status;
        response.ContentType = Headers.ProblemMediaType;
        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        httpContext.RequestServices.GetService<ProblemMetrics>()?.Answered(problem);
        var traced = problem with { TraceId = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier };
        await JsonSerializer.SerializeAsync(response.Body, traced, ProtocolJson.Default.Problem, httpContext.RequestAborted);
    }

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(Problem), [Headers.ProblemMediaType]));
    }
}

/// <summary>From a kind of problem to an answer.</summary>
public static class ProblemResultExtensions
{
    /// <summary>The answer that says so.</summary>
    public static ProblemResult ToResult(this Problem problem, TimeSpan? retryAfter = null) => new(problem, retryAfter);
}
