using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.AppHost;

/// <summary>The simulator in a run: a fleet and an audit, both started in the dashboard.</summary>
internal static class FleetExtensions
{
    private const string Fleet = "fleet";

    /// <summary>A fleet of the parameters <see cref="FleetSize.Parameters"/>, or of an offer; when it has run, it is audited.</summary>
    public static IResourceBuilder<ProjectResource> AddFleet(this IDistributedApplicationBuilder builder, Wiring wiring, ControlPlaneDatabase database, IResourceBuilder<ProjectResource> gateway)
    {
        var size = new FleetSize();
        var parameters = FleetSize.Parameters
            .Select(option => (option.Name, builder.AddParameter(option.Name, () => builder.Configuration[$"Parameters:{option.Name}"] ?? option.Value).Resource)).ToList();
        var fleet = builder.AddProject<Projects.EdgeSync_EdgeSimulator>(Fleet, launchProfileName: null)
            .WithArgs("run", "--no-live", "--data", wiring.Options.Data, "--control-plane", $"{wiring.DeviceAddress},{wiring.OperatorAddress}")
            .WithDatabase(wiring, database)
            .WithArgs(start => AddOptions(start.Args, parameters, size))
            .WaitFor(gateway)
            .WithExplicitStart();
        foreach (var offer in FleetSize.Offers)
        {
            fleet.WithCommand(offer.Name, offer.Title, command => StartAsync(command, size, offer), new CommandOptions { IconName = "Rocket", UpdateState = WhileItDoesNotRun });
        }

        return fleet;
    }

    /// <summary>An audit of everything that fleets have done here; while none runs.</summary>
    public static void AddAudit(this IDistributedApplicationBuilder builder, Wiring wiring, ControlPlaneDatabase database) =>
        builder.AddProject<Projects.EdgeSync_EdgeSimulator>("audit", launchProfileName: null)
            .WithArgs("audit", "--data", wiring.Options.Data)
            .WithDatabase(wiring, database)
            .WithExplicitStart();

    // The embedded one is where the simulator looks by itself.
    private static IResourceBuilder<ProjectResource> WithDatabase(this IResourceBuilder<ProjectResource> simulator, Wiring wiring, ControlPlaneDatabase database) =>
        wiring.Options.Database is DatabaseKind.Embedded ? simulator : simulator.WithArgs("--database", database.Connection.Resource.ConnectionStringExpression);

    private static void AddOptions(IList<object> arguments, List<(string Name, ParameterResource Value)> parameters, FleetSize size)
    {
        foreach (var (name, value) in parameters)
        {
            arguments.Add($"--{name}");
            arguments.Add(size.Chosen(name) ?? (object)value);
        }
    }

    private static async Task<ExecuteCommandResult> StartAsync(ExecuteCommandContext command, FleetSize size, FleetOffer offer)
    {
        size.Choose(offer);
        try
        {
#pragma warning disable CS0618 // From 13.6 on it has a new name.
            var services = command.ServiceProvider;
#pragma warning restore CS0618
            return await services.GetRequiredService<ResourceCommandService>().ExecuteCommandAsync(command.ResourceName, KnownResourceCommands.StartCommand, command.CancellationToken);
        }
        finally
        {
            size.Forget();
        }
    }

    private static ResourceCommandState WhileItDoesNotRun(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text is { } state && (state == KnownResourceStates.NotStarted || KnownResourceStates.TerminalStates.Contains(state))
            ? ResourceCommandState.Enabled
            : ResourceCommandState.Disabled;
}
