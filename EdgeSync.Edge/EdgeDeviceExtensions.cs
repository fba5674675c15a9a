using System.ComponentModel;
using System.Globalization;
using System.Net.Security;
using EdgeSync.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EdgeSync.Edge;

/// <summary>Registers a device in a device's own program.</summary>
public static class EdgeDeviceExtensions
{
    private const string HttpClientName = "EdgeSync";

    /// <summary>
    /// Registers <see cref="EdgeDevice"/>, <see cref="SensorCollector"/> and the hosted service that runs both. Options come from
    /// <paramref name="section"/> and are checked at start; every registered <see cref="CommandHandler"/> and <see cref="AddConfigCheck">configuration check</see> is used, and a <see cref="ConfigValidator"/> if there is one.
    /// </summary>
    /// <param name="services">The program's services.</param>
    /// <param name="section">Usually the section <see cref="EdgeDeviceOptions.SectionName"/>.</param>
    /// <returns>
    /// The builder of the device's HTTP client, to give it the client certificate; not used by a device that keeps its own in <see cref="EdgeDeviceOptions.IdentityFolder"/>.
    /// </returns>
    public static IHttpClientBuilder AddEdgeDevice(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        TypeDescriptor.AddAttributes(typeof(DeviceId), new TypeConverterAttribute(typeof(DeviceIdConverter)));
        services.AddOptionsWithValidateOnStart<EdgeDeviceOptions, EdgeDeviceOptionsValidator>().Bind(section);
        services.AddOptions<SensorCollectorOptions>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(static provider => Open(provider));
        services.TryAddSingleton(static provider => new SensorCollector(
            provider.GetRequiredService<EdgeDevice>(),
            provider.GetRequiredService<IOptions<SensorCollectorOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddHostedService<EdgeDeviceService>();
        return services.AddHttpClient(HttpClientName, static client => client.Timeout = Timeout.InfiniteTimeSpan)
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .UseSocketsHttpHandler(static (handler, provider) => Set(handler, provider.GetRequiredService<IOptions<EdgeDeviceOptions>>().Value));
    }

    /// <summary>Registers a check for health conditions of configuration values; see <see cref="EdgeDeviceOptions.ConfigChecks"/>.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="name">What conditions call it; of two checks with one name the later is used.</param>
    /// <param name="check">Made from the program's services when the device is opened.</param>
    public static IServiceCollection AddConfigCheck(this IServiceCollection services, string name, Func<IServiceProvider, ConfigCheck> check)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(check);
        return services.AddSingleton(provider => new NamedConfigCheck(name, check(provider)));
    }

    private static void Set(SocketsHttpHandler handler, EdgeDeviceOptions options)
    {
        handler.ConnectTimeout = options.ConnectTimeout;
        // A connection that a network dropped silently is found out within 50 s.
        handler.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        handler.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    private static SocketsHttpHandler Sockets(SslClientAuthenticationOptions tls, EdgeDeviceOptions options)
    {
        var handler = new SocketsHttpHandler { SslOptions = tls, UseCookies = false, AllowAutoRedirect = false };
        Set(handler, options);
        return handler;
    }

    private static EdgeDevice Open(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<EdgeDeviceOptions>>().Value;
        var checks = new Dictionary<string, ConfigCheck>(options.ConfigChecks, StringComparer.Ordinal);
        foreach (var check in provider.GetServices<NamedConfigCheck>())
        {
            checks[check.Name] = check.Check;
        }

        options = options with { ConfigChecks = checks };
        var (handlers, time, logs, random) = (
            provider.GetServices<CommandHandler>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(), new CryptographicRandom());
        var device = options.IdentityFolder is null
            ? EdgeDevice.Open(options, provider.GetRequiredService<IHttpClientFactory>().CreateClient(HttpClientName), handlers, time, logs, random)
            : EdgeDevice.Open(options, tls => Sockets(tls, options), handlers, time, logs, random);
        device.Config.Validator = provider.GetService<ConfigValidator>();
        return device;
    }

    private sealed record NamedConfigCheck(string Name, ConfigCheck Check);

    private sealed class DeviceIdConverter : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => DeviceId.Parse((string)value);
    }
}

/// <summary>Says at start what is wrong with the options.</summary>
internal sealed class EdgeDeviceOptionsValidator : IValidateOptions<EdgeDeviceOptions>
{
    public ValidateOptionsResult Validate(string? name, EdgeDeviceOptions options) =>
        options.Check() is { Count: > 0 } wrong
            ? ValidateOptionsResult.Fail(wrong.Select(message => $"{EdgeDeviceOptions.SectionName}:{message}"))
            : ValidateOptionsResult.Success;
}

/// <summary>Runs the device and its sensors as long as the program runs.</summary>
internal sealed class EdgeDeviceService(EdgeDevice device, SensorCollector sensors) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(device.RunAsync(stoppingToken), sensors.RunAsync(stoppingToken));
}
