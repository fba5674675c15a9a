using EdgeSync.Commands;
using EdgeSync.Gateway;
using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace EdgeSync.Architecture.Tests;

/// <summary>A service's registrations, of which nothing runs but what looks at the settings before a start.</summary>
internal sealed class StartedSettings
{
    private readonly WebApplicationBuilder _builder;

    private StartedSettings(Action<WebApplicationBuilder> add)
    {
        _builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        _builder.Configuration["ConnectionStrings:edgesync"] = "Data Source=edgesync.db";
        _builder.AddServiceDefaults();
        add(_builder);
        // As an instance it outlives the providers.
        _builder.Services.Replace(ServiceDescriptor.Singleton<IConfiguration>(_builder.Configuration));
    }

    public static IReadOnlyList<StartedSettings> Services { get; } =
        [new(builder => builder.AddGateway()), new(builder => builder.AddIngest()), new(builder => builder.AddCommands())];

    /// <summary>What a service that starts with these settings says against them; what it says of settings that are missing is among it.</summary>
    public static IEnumerable<string> Faults(params IEnumerable<(string Key, string Value)> settings) => Services.SelectMany(service => service.FaultsOf([.. settings]));

    private List<string> FaultsOf(IReadOnlyList<(string Key, string Value)> settings)
    {
        var source = new MemoryConfigurationSource { InitialData = settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)) };
        ((IConfigurationBuilder)_builder.Configuration).Sources.Add(source);
        try
        {
            DatabaseOptions.From(_builder.Configuration);
            using var provider = _builder.Services.BuildServiceProvider();
            provider.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (AggregateException e)
        {
            return [.. e.InnerExceptions.SelectMany(Sentences)];
        }
        catch (Exception e) when (e is OptionsValidationException or InvalidOperationException)
        {
            return [.. Sentences(e)];
        }
        finally
        {
            ((IConfigurationBuilder)_builder.Configuration).Sources.Remove(source);
        }
    }

    private static IEnumerable<string> Sentences(Exception error) =>
        error is OptionsValidationException validation ? validation.Failures : error.InnerException is { } inner ? [error.Message, .. Sentences(inner)] : [error.Message];
}
