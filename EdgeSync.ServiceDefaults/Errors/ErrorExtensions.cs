using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.ServiceDefaults;

/// <summary>Every error leaves as a problem: what the service answers itself, what the framework refuses, and what nobody expected.</summary>
internal static class ErrorExtensions
{
    public static void AddErrors(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<ProblemMetrics>();
        services.AddSingleton<IProblemDetailsWriter, FrameworkProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<FaultHandler>();
    }

    public static void UseErrors(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }
}
