using Microsoft.Extensions.DependencyInjection;

namespace EdgeSync.AppHost;

/// <summary>Faults that the fleet's menu offers while it runs: a service is taken away with all its instances, and comes back by itself.</summary>
internal static class OutageExtensions
{
    /// <summary>Longer than devices wait between attempts at first, so that they meet it and find the service again.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(15);

    /// <summary>One command for each service.</summary>
    public static void WithOutages(this IResourceBuilder<ProjectResource> fleet, params IResourceBuilder<ProjectResource>[] services)
    {
        foreach (var service in services.Select(service => service.Resource))
        {
            fleet.WithCommand(
                NameOf(service.Name), FormattableString.Invariant($"Take {service.Name} away for {Length.TotalSeconds} s"), command => InterruptAsync(command, service), new CommandOptions { IconName = "PlugDisconnected", UpdateState = WhileItRuns });
        }
    }

    /// <summary>The name of the command that interrupts a service.</summary>
    public static string NameOf(string service) => $"interrupt-{service}";

    private static async Task<ExecuteCommandResult> InterruptAsync(ExecuteCommandContext command, IResource service)
    {
#pragma warning disable CS0618 // From 13.6 on it has a new name.
        var commands = command.ServiceProvider.GetRequiredService<ResourceCommandService>();
#pragma warning restore CS0618
        try
        {
            // Of a process that takes its time to end Aspire says that it could not be stopped; it ends all the same.
            await commands.ExecuteCommandAsync(service, KnownResourceCommands.StopCommand, command.CancellationToken);
            await Task.Delay(Length, TimeProvider.System, command.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Whoever ends it early wants the service back.
        }

        return await commands.ExecuteCommandAsync(service, KnownResourceCommands.StartCommand, CancellationToken.None);
    }

    private static ResourceCommandState WhileItRuns(UpdateCommandStateContext context) =>
        context.ResourceSnapshot.State?.Text == KnownResourceStates.Running ? ResourceCommandState.Enabled : ResourceCommandState.Disabled;
}
