using EdgeSync.ServiceDefaults;

namespace EdgeSync.Ingest;

/// <summary>Facts from devices: telemetry, heartbeats, sync status.</summary>
public static class IngestExtensions
{
    /// <summary>After the service defaults, whose JSON its endpoints speak: registers ingest over the control plane's database (<c>ConnectionStrings:edgesync</c>), with <see cref="IngestOptions"/> from section <c>Ingest</c>.</summary>
    /// <exception cref="InvalidOperationException">The connection string is missing or unreadable.</exception>
    public static WebApplicationBuilder AddIngest(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddControlPlaneDatabase();
        builder.Services.AddOptionsWithValidateOnStart<IngestOptions, IngestOptionsValidator>().BindConfiguration(IngestOptions.Section);
        builder.Services.AddSingleton<IngestMetrics>();
        builder.Services.AddSingleton<FleetMetrics>();
        builder.Services.AddSingleton<FleetTotalsStore>();
        builder.Services.AddSingleton<FleetTotalsWatch>().AddHostedService(services => services.GetRequiredService<FleetTotalsWatch>());
        builder.Services.AddSingleton<DigestStore>();
        builder.Services.AddSingleton<SyncStatusStore>();
        builder.Services.AddSingleton<TimeSeriesStore>();
        builder.Services.AddSingleton<GroupCommit>();
        builder.Services.AddHostedService(services => services.GetRequiredService<GroupCommit>());
        builder.Services.AddSingleton(InstanceName.Of(builder.Configuration));
        builder.Services.AddSingleton<QueueStore>();
        builder.Services.AddSingleton<LatencyStore>();
        builder.Services.AddSingleton<QueueReport>().AddHostedService(services => services.GetRequiredService<QueueReport>());
        builder.Services.AddSingleton<RetentionStore>();
        builder.Services.AddSingleton<RetentionSweep>().AddHostedService(services => services.GetRequiredService<RetentionSweep>());
        builder.Services.AddOptionsWithValidateOnStart<ReceiptOptions, ReceiptOptionsValidator>().BindConfiguration(ReceiptOptions.Section);
        builder.Services.AddSingleton<ReceiptSigner>();
        builder.Services.AddSingleton<ReceiptStore>();
        builder.Services.AddSingleton<VerificationStore>();
        builder.Services.AddSingleton<VerificationSlots>();
        builder.Services.AddSingleton<RepairStore>();
        builder.Services.AddSingleton<StreamCheckStore>();
        builder.Services.AddSingleton<StreamShareStore>();
        builder.Services.AddSingleton<VerificationSweep>().AddHostedService(services => services.GetRequiredService<VerificationSweep>());
        return builder;
    }

    /// <summary>Maps the routes of ingest.</summary>
    public static WebApplication MapIngest(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapTelemetry();
        app.MapDigests();
        app.MapVerification();
        app.MapRepair();
        app.MapReceipts();
        app.MapHeartbeats();
        app.MapSyncStatus();
        app.MapTimeSeries();
        return app;
    }
}
