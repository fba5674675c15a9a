using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>Alerts as a part of this service.</summary>
internal static class AlertsExtensions
{
    public static void AddAlerts(this IServiceCollection services)
    {
        // Else a rule that cannot be read would be left out without a word.
        services.AddOptions<AlertOptions>().BindConfiguration(AlertOptions.Section, binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AlertOptions>, AlertOptionsValidator>();
        services.AddSingleton<AlertMetrics>();
        services.AddSingleton<AlertRuleBook>();
        services.AddSingleton<AlertRuleStore>();
        services.AddSingleton<AlertSilenceStore>();
        services.AddSingleton<AlertLeaseStore>();
        services.AddSingleton<AlertReadingStore>();
        services.AddSingleton<AlertStateStore>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<AlertHistoryStore>();
        services.AddSingleton<AlertNotificationStore>();
        services.AddSingleton<DirectNotifications>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<DatabaseWatch>();
        services.AddSingleton<NotificationWork>().AddHostedService(provider => provider.GetRequiredService<NotificationWork>());
        services.AddSingleton<AlertWork>().AddHostedService(provider => provider.GetRequiredService<AlertWork>());
    }

    public static void MapAlerting(this IEndpointRouteBuilder app)
    {
        app.MapAlerts();
        app.MapAlertSilences();
        app.MapAlertRules();
        app.MapAlertNotifications();
    }
}
