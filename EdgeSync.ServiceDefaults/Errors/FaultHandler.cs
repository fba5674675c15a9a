using System.Text.Json;
using EdgeSync.Protocol;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace EdgeSync.ServiceDefaults;

/// <summary>The one place where an exception becomes an answer. A request that cannot be read is its sender's fault; a database that cannot be used
/// is nobody's, and was logged where it was given up; who has left is not answered; everything else is ours, and is logged here, once.</summary>
internal sealed partial class FaultHandler(ILogger<FaultHandler> logger) : IExceptionHandler
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is ConnectionResetException || (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested))
        {
            Left(httpContext.Request.Method, httpContext.Request.Path);
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var problem = exception switch
        {
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => StatusProblems.For(StatusCodes.Status413PayloadTooLarge),
            BadHttpRequestException bad => StatusProblems.For(bad.StatusCode, Reason(bad)),
            _ when DatabaseFaults.IsUnavailable(exception) => ProblemTypes.Unavailable.With("The database cannot be used now; send the same again later."),
            _ => Unexpected(httpContext, exception),
        };
        try
        {
            await problem.ToResult(problem.Status == ProblemTypes.Unavailable.Status ? RetryAfter : null).ExecuteAsync(httpContext);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // Whoever asked has gone: nobody is left to answer.
        }

        return true;
    }

    private Problem Unexpected(HttpContext context, Exception exception)
    {
        Failed(context.Request.Method, context.Request.Path, exception);
        return StatusProblems.For(ProblemTypes.Internal.Status);
    }

    /// <summary>What was wrong with the body, where JSON reading knows it: the path inside the body and the place.</summary>
    private static string Reason(BadHttpRequestException bad) =>
        bad.InnerException is JsonException json ? $"{bad.Message} {json.Message}" : bad.Message;

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private partial void Failed(string method, string path, Exception exception);

    [LoggerMessage(LogLevel.Debug, "{Method} {Path} was given up by who asked")]
    private partial void Left(string method, string path);
}
