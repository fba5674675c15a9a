using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>This service: the fleet registry, commands and configuration.</summary>
public static class CommandsExtensions
{
    /// <summary>Registers the service over the control plane's database, with settings from the section <see cref="CommandsOptions.Section"/>, checked at start.</summary>
    /// <exception cref="InvalidOperationException">The database's connection string is missing or unreadable.</exception>
    public static WebApplicationBuilder AddCommands(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddControlPlaneDatabase();
        var services = builder.Services;
        // Else an entry of a list that cannot be read would be left out without a word.
        services.AddOptions<CommandsOptions>().BindConfiguration(CommandsOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CommandsOptions>, CommandsOptionsValidator>();
        services.AddOptions<FleetOptions>().BindConfiguration(FleetOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<FleetOptions>, FleetOptionsValidator>();
        services.AddSingleton<FleetAuthority>();
        services.AddSingleton<CertificateDesk>();
        services.AddSingleton<CertificateStore>();
        services.AddSingleton<EnrolmentTokenStore>();
        services.AddSingleton<EnrolmentStore>();
        services.AddSingleton<DeviceStateStore>();
        services.AddSingleton<RevocationStore>();
        services.AddSingleton<RevocationStatements>();
        services.AddSingleton<QuarantineStore>();
        services.AddSingleton<QuarantineSweep>().AddHostedService(provider => provider.GetRequiredService<QuarantineSweep>());
        services.AddSingleton(InstanceName.Of(builder.Configuration));
        services.AddSingleton<ConfigResolvers>();
        services.AddSingleton<ConfigRuleStore>();
        services.AddHostedService<ConfigRulesAtStart>();
        services.TryAddSingleton<CommandIdSource>(now => new CommandId(Guid.CreateVersion7(now)));
        services.TryAddSingleton<RolloutIdSource>(now => new RolloutId(Guid.CreateVersion7(now)));
        services.AddSingleton<DeviceStore>();
        services.AddSingleton<DeviceLooks>().AddHostedService(provider => provider.GetRequiredService<DeviceLooks>());
        services.AddFleetStatus();
        services.AddSingleton<SelectionStore>();
        services.AddSingleton<HintStore>();
        services.AddSingleton<CommandStore>();
        services.TryAddSingleton<BatchIdSource>(now => new BatchId(Guid.CreateVersion7(now)));
        services.AddSingleton<CommandBatchStore>();
        services.AddSingleton<BatchChunkStore>();
        services.AddSingleton<BatchWork>().AddHostedService(provider => provider.GetRequiredService<BatchWork>());
        services.AddSingleton<DeliveryStore>();
        services.AddSingleton<DeliveryCommit>().AddHostedService(provider => provider.GetRequiredService<DeliveryCommit>());
        services.AddSingleton<ExpiryStore>();
        services.AddSingleton<ConfigStore>();
        services.AddSingleton<ConfigExchangeStore>();
        services.AddSingleton<ConflictStore>();
        services.AddSingleton<RolloutStore>();
        services.AddSingleton<RolloutProgressStore>();
        services.AddSingleton<RolloutWork>().AddHostedService(provider => provider.GetRequiredService<RolloutWork>());
        services.AddSingleton<DeviceSignals>();
        services.AddSingleton<CommandPull>();
        services.AddSingleton<CommandsMetrics>();
        services.AddSingleton<IntentMetrics>();
        services.AddSingleton<IntentTotalsStore>();
        services.AddSingleton<IntentWatch>().AddHostedService(provider => provider.GetRequiredService<IntentWatch>());
        services.AddSingleton<ExpirySweep>().AddHostedService(provider => provider.GetRequiredService<ExpirySweep>());
        services.AddSingleton<HistoryStore>();
        services.AddSingleton<HistorySweep>().AddHostedService(provider => provider.GetRequiredService<HistorySweep>());
        services.AddAlerts();
        services.AddSingleton<HintPoll>().AddHostedService(provider => provider.GetRequiredService<HintPoll>());
        return builder;
    }

    /// <summary>Maps every route of the service.</summary>
    public static WebApplication MapCommands(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.MapDevices();
        app.MapFleet();
        app.MapOperator();
        app.MapConsole();
        app.MapDeviceState();
        app.MapEnrolmentTokens();
        app.MapEnrolment();
        app.MapCertificates();
        app.MapRevocations();
        app.MapOperatorCommands();
        app.MapCommandBatches();
        app.MapDeviceCommands();
        app.MapOperatorConfig();
        app.MapConfigRules();
        app.MapConflicts();
        app.MapRollouts();
        app.MapDeviceConfig();
        app.MapAlerting();
        return app;
    }
}
