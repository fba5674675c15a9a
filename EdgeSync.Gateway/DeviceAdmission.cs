using EdgeSync.ServiceDefaults;

namespace EdgeSync.Gateway;

/// <summary>A device whose certificate is of the fleet but not good is told why, in place of a handshake that breaks without a word.</summary>
internal static class DeviceAdmission
{
    public static void UseDeviceAdmission(this WebApplication app)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use((context, next) => GatewayConnection.Of(context).Certificate?.Refuse(time.GetUtcNow()) is { } refusal
            ? refusal.ToResult().ExecuteAsync(context)
            : next(context));
    }
}
