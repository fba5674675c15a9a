using System.Data.Common;
using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Answers 503 while the database cannot be used: nobody's request is to blame, and it may be sent again.</summary>
internal sealed partial class UnavailableFilter(IOptions<IngestOptions> options, ILogger<UnavailableFilter> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (DbException e) when (StoreFaults.IsUnavailable(e))
        {
            DatabaseUnavailable(e, context.HttpContext.Request.Path);
            return WriteProblems.Unavailable("The database cannot be used now; send the same again later.", options.Value);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} was answered 503: the database cannot be used")]
    private partial void DatabaseUnavailable(Exception error, string path);
}
