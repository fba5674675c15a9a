using Microsoft.AspNetCore.Http;

namespace EdgeSync.ServiceDefaults;

/// <summary>Writes the framework's own refusals (unknown path, wrong method, wrong media type) in the protocol's shape.</summary>
internal sealed class FrameworkProblemWriter : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context) =>
        await StatusProblems.For(context.HttpContext.Response.StatusCode, context.ProblemDetails.Detail)
            .ToResult()
            .ExecuteAsync(context.HttpContext);
}
