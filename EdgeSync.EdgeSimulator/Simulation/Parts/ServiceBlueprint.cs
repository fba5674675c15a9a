using System.Globalization;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A service as its own program builds it, without a server: the pipeline of its requests, made once, and what it registers, from which each run in a world gets its own instances. So every world
/// goes through the real endpoints, filters, checks of tokens and stores, and pays for compiling their routes once.
/// </summary>
internal sealed class ServiceBlueprint
{
    private readonly IReadOnlyList<ServiceDescriptor> _services;

    private ServiceBlueprint(IReadOnlyList<ServiceDescriptor> services, RequestDelegate pipeline) => (_services, Pipeline) = (services, pipeline);

    /// <summary>What a request goes through; its <see cref="HttpContext.RequestServices"/> are those of a run.</summary>
    public RequestDelegate Pipeline { get; }

    public static async Task<ServiceBlueprint> MakeAsync(string service, WorldKeys keys)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = "EdgeSync.EdgeSimulator",
            // No files are watched: whoever writes one would pay for it.
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
            ContentRootPath = keys.Files.Folder,
            EnvironmentName = "Production",
        });
        builder.Configuration.AddInMemoryCollection(Settings(keys));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<IDeviceTokenKeys>(keys);
        builder.Services.AddSingleton(FirstDay.Time);
        var map = ServiceHost.Add(service, builder);
        var services = builder.Services.Where(descriptor => descriptor.ServiceType != typeof(IHostedService) || IsOurs(descriptor)).ToList();
        // Here nothing but the pipeline is started.
        builder.Services.RemoveAll<IHostedService>();
        builder.Services.AddSingleton<IServer, NoServer>();
        var capture = new PipelineCapture();
        builder.Services.AddSingleton<IStartupFilter>(capture);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map(app);
        await app.StartAsync();
        await WarmUpAsync(app, capture.Pipeline!);
        // Disposed, the container would dispose the configuration that every run reads.
        services.RemoveAll(descriptor => descriptor.ServiceType == typeof(IConfiguration));
        services.Add(ServiceDescriptor.Singleton<IConfiguration>(builder.Configuration));
        return new ServiceBlueprint(services, capture.Pipeline!);
    }

    /// <summary>The instances of one run.</summary>
    /// <param name="replace">Registers what is the world's.</param>
    public ServiceProvider Instantiate(Action<IServiceCollection> replace)
    {
        var services = new ServiceCollection();
        foreach (var descriptor in _services)
        {
            ((ICollection<ServiceDescriptor>)services).Add(descriptor);
        }

        replace(services);
        return services.BuildServiceProvider();
    }

    // Routing compiles its tables on a thread of its own when a path is looked up for the first time: before there is a world.
    private static async Task WarmUpAsync(WebApplication app, RequestDelegate pipeline)
    {
        foreach (var endpoint in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            await using var scope = app.Services.CreateAsyncScope();
            var context = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
            context.Request.Method = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0] ?? HttpMethods.Get;
            context.Request.Path = endpoint.RoutePattern.RawText;
            await pipeline(context);
        }
    }

    // Files of worlds are made with their schema.
    private static bool IsOurs(ServiceDescriptor hosted) =>
        (hosted.ImplementationType ?? hosted.ImplementationFactory?.Method.DeclaringType) is { } type
        && type != typeof(MigrationsAtStart)
        && type.Assembly.GetName().Name!.StartsWith("EdgeSync.", StringComparison.Ordinal);

    private static Dictionary<string, string?> Settings(WorldKeys keys)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:edgesync"] = WorldStage.ConnectionString(Path.Combine(keys.Files.Folder, "none.db")),
            ["Operators:KeySet"] = keys.Files.OperatorKeySet,
            ["Operators:Issuer"] = OperatorTokens.Issuer,
            ["Operators:Audience"] = OperatorTokens.Audience,
            ["Commands:ConfigRulesVersion"] = SharedConfig.RulesVersion.ToString(CultureInfo.InvariantCulture),
            ["Fleet:IssuingCertificatePath"] = keys.Files.Issuing,
            ["Fleet:IssuingKeyPath"] = keys.Files.Issuing,
            // What has nothing to do in a world looks seldom.
            ["Commands:ExpirySweepInterval"] = "00:00:05",
            ["Commands:HintPollInterval"] = "00:00:30",
            ["Commands:BatchInterval"] = "00:01:00",
            ["Commands:RolloutInterval"] = "00:01:00",
            ["Commands:QuarantineSweepInterval"] = "00:00:10",
            ["Alerts:Interval"] = "01:00:00",
            ["Alerts:Lease"] = "02:00:00",
            ["Ingest:QueueReportInterval"] = "01:00:00",
        };
        foreach (var (i, rule) in SharedConfig.Rules.Index())
        {
            settings[$"Commands:ConfigRules:{i}:Pattern"] = rule.Pattern;
            settings[$"Commands:ConfigRules:{i}:Rule"] = Words.Of(rule.Rule);
        }

        return settings;
    }

    private sealed class PipelineCapture : IStartupFilter
    {
        public RequestDelegate? Pipeline { get; private set; }

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => builder =>
        {
            next(builder);
            Pipeline = builder.Build();
        };
    }

    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
