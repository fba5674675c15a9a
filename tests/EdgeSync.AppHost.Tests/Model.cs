using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace EdgeSync.AppHost.Tests;

/// <summary>The AppHost as its own program builds it, with arguments of a test.</summary>
internal static class Model
{
    /// <summary>To be run: on free ports, in a folder of its own.</summary>
    public static Task<IDistributedApplicationTestingBuilder> ToRunAsync(string folder, CancellationToken ct, params string[] more)
    {
        var ports = FreePorts(3);
        return DistributedApplicationTestingBuilder.CreateAsync<Projects.EdgeSync_AppHost>(
            [$"EdgeSync:Data={folder}", $"EdgeSync:DevicePort={ports[0]}", $"EdgeSync:OperatorPort={ports[1]}", $"EdgeSync:ManagementPort={ports[2]}", .. more], ct);
    }

    /// <summary>A node of a test begins empty, and leaves nothing behind.</summary>
    public static void WithoutVolumes(IDistributedApplicationTestingBuilder builder)
    {
        foreach (var resource in builder.Resources)
        {
            foreach (var mount in resource.Annotations.OfType<ContainerMountAnnotation>().ToList())
            {
                resource.Annotations.Remove(mount);
            }
        }
    }

    /// <summary>Publishes it; the files that were written, by their paths below the folder.</summary>
    public static async Task<Dictionary<string, string>> PublishAsync(string folder, CancellationToken ct, params string[] more)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.EdgeSync_AppHost>(
            ["AppHost:Operation=publish", "Pipeline:Step=publish", $"Pipeline:OutputPath={folder}", .. more], ct);
        await using var app = await builder.BuildAsync(ct);
        await app.RunAsync(ct);
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(folder, file).Replace('\\', '/'), File.ReadAllText);
    }

    private static string[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)).ToArray();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }
}
