using System.Diagnostics;

namespace EdgeSync.Deploy.Tests;

/// <summary>The images of the services: one is built here, and all are said twice, for the SDK and for container engines.</summary>
public sealed class ImageTests : IDisposable
{
    private const long LayerBytesMax = 12 * 1024 * 1024;

    // Where its folder and its own files end: of no use in a container, or nobody else's business.
    private static readonly string[] Unwanted = [".pdb", ".xml", ".pem", ".key", ".pfx", ".p12", ".crt", ".db", ".config", ".Development.json", ".exe", ".dylib"];

    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-deploy-image-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task An_image_runs_the_program_as_nobody_special_and_holds_nothing_else()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var registry = await SmallRegistry.StartAsync(ct);
        var path = Path.Combine(_folder.FullName, "gateway.tar");
        PkiFolder.Run(
            "dotnet", "publish", Path.Combine(DeployFiles.Root, "EdgeSync.Gateway"), "-c", Configuration, "--no-build", "-nodeReuse:false", "-t:PublishContainer",
            $"-p:ContainerBaseImage={registry.Image}", $"-p:ContainerArchiveOutputPath={path}", $"-p:PublishDir={_folder.FullName}/publish/");

        var image = await ImageArchive.OpenAsync(path, _folder.FullName, ct);

        Assert.Equal("1654", image.Config.GetProperty("User").GetString());
        Assert.Equal(["dotnet", "/app/EdgeSync.Gateway.dll"], image.Texts("Entrypoint"));
        Assert.Contains("app/EdgeSync.Gateway.dll", image.Files);
        Assert.Equal(["8081/tcp", "8443/tcp", "8444/tcp"], image.Config.GetProperty("ExposedPorts").EnumerateObject().Select(port => port.Name).Order());
        var props = ContainerProps.Read(DeployFiles.Repository, "EdgeSync.Gateway");
        Assert.Equal(["ASPNETCORE_HTTP_PORTS=", "DOTNET_GCgen0size=0x4000000"], props.Environment);
        Assert.Superset(props.Environment.ToHashSet(), image.Texts("Env").ToHashSet());
        Assert.Equal(props.Title, image.Config.GetProperty("Labels").GetProperty("org.opencontainers.image.title").GetString());
        Assert.DoesNotContain(image.Files, file => Unwanted.Any(end => file.EndsWith(end, StringComparison.OrdinalIgnoreCase)));
        Assert.DoesNotContain(image.Files, file => File.ReadAllText(Path.Combine(image.Folder, file)).Contains("PRIVATE KEY-----\nM", StringComparison.Ordinal));
        Assert.Equal(["linux-arm64", "linux-x64"], Directory.GetDirectories(Path.Combine(image.Folder, "app/runtimes")).Select(Path.GetFileName).Order());
        Assert.InRange(image.LayerBytes, 1, LayerBytesMax);
        Assert.Contains("Gateway:FleetCaPath is not set", await StartAsync(image), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_Dockerfile_makes_what_the_SDK_makes(string project)
    {
        var files = DeployFiles.Repository;
        var props = ContainerProps.Read(files, project);
        var name = props.Repository.Split('/')[1];
        var file = Dockerfile.Parse(files.Read($"deploy/docker/{name}.Dockerfile"));

        Assert.Equal(props.BaseImage, file.Of("FROM"));
        Assert.Equal(props.User, file.Of("USER"));
        Assert.Equal(props.Ports, file.Of("EXPOSE").Split(' '));
        Assert.Equal($"""["dotnet", "/app/{project}.dll"]""", file.Of("ENTRYPOINT"));
        Assert.Equal(props.Environment, file.Of("ENV").Split(' '));
        Assert.Equal(
            new Dictionary<string, string> { ["org.opencontainers.image.title"] = props.Title, ["org.opencontainers.image.version"] = BuiltImages.Read(files).Version },
            file.Labels);
        Assert.Contains($"RUN dotnet publish {project} -c Release -o /app\n", files.Read($"deploy/docker/{name}.Dockerfile"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_images_ports_are_those_of_the_manifests(string project)
    {
        var props = ContainerProps.Read(DeployFiles.Repository, project);
        var container = ManifestSet.Load(DeployFiles.Repository, "development").Pods.SelectMany(pod => pod.Spec.Containers).Single(container => container.Image.StartsWith(props.Repository + ":", StringComparison.Ordinal));

        Assert.Equal(props.Ports, container.Ports.Select(port => $"{port.ContainerPort}"));
    }

    public static TheoryData<string> Projects => [.. ContainerProps.Projects];

    /// <summary>What the program in the image says when it has no settings: then all that it is made of was found.</summary>
    private static async Task<string> StartAsync(ImageArchive image)
    {
        var app = Path.Combine(image.Folder, "app");
        using var program = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(app, "EdgeSync.Gateway.dll"), "--Gateway:DevicePort=0"]) { WorkingDirectory = app, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, program.ExitCode);
        return output + await errors;
    }
}
