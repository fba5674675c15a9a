using Aspire.Hosting.ApplicationModel;

namespace EdgeSync.AppHost.Tests;

/// <summary>The model of a run, looked at and not started.</summary>
public sealed class RunModelTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-apphost-");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_in_a_container_keeps_its_data_and_the_services_have_two_instances_each()
    {
        await using var builder = await Model.ToRunAsync(_folder.FullName, Ct, "EdgeSync:Database=cockroach");

        var node = Assert.Single(builder.Resources.OfType<CockroachDbServerResource>());
        Assert.Equal(("edgesync-cockroachdb", "/cockroach/cockroach-data"), (node.Annotations.OfType<ContainerMountAnnotation>().Single().Source, node.Annotations.OfType<ContainerMountAnnotation>().Single().Target));
        Assert.Equal(["console", "sql"], node.Annotations.OfType<EndpointAnnotation>().Select(endpoint => endpoint.Name).Order());
        Assert.NotEmpty(node.Annotations.OfType<HealthCheckAnnotation>());
        Assert.Same(node, Assert.Single(builder.Resources.OfType<CockroachDbDatabaseResource>()).Parent);
        Assert.Equal([2, 2, 1], new[] { "ingest", "commands", "gateway" }.Select(name => Of(builder.Resources, name).Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1));
    }

    [Theory]
    [InlineData("embedded", "ConnectionStrings:edgesync=")]
    [InlineData("cockroach", "ConnectionStrings:edgesync=")]
    [InlineData("postgres", "ConnectionStrings:edgesync=Host=db;Database=edgesync")]
    public async Task Services_wait_for_keys_and_migrations_and_the_gateway_for_them(string database, string connection)
    {
        await using var builder = await Model.ToRunAsync(_folder.FullName, Ct, $"EdgeSync:Database={database}", connection);

        Assert.Equal(["migrations", "pki"], WaitsOf(builder.Resources, "ingest"));
        Assert.Equal(["migrations", "pki"], WaitsOf(builder.Resources, "commands"));
        Assert.Equal(["commands", "ingest", "pki"], WaitsOf(builder.Resources, "gateway"));
        Assert.Equal(database == "cockroach" ? ["cockroachdb"] : [], WaitsOf(builder.Resources, "migrations"));
    }

    [Fact]
    public async Task The_fleet_starts_on_demand_and_has_its_options_as_parameters_and_its_offers_and_outages_as_commands()
    {
        await using var builder = await Model.ToRunAsync(_folder.FullName, Ct);

        var fleet = Of(builder.Resources, "fleet");
        Assert.NotEmpty(fleet.Annotations.OfType<ExplicitStartupAnnotation>());
        Assert.NotEmpty(Of(builder.Resources, "audit").Annotations.OfType<ExplicitStartupAnnotation>());
        Assert.Superset(FleetSize.Offers.Select(offer => offer.Name).ToHashSet(), fleet.Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).ToHashSet());
        Assert.Superset(
            new[] { "gateway", "ingest", "commands" }.Select(OutageExtensions.NameOf).ToHashSet(), fleet.Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).ToHashSet());
        Assert.Superset(FleetSize.Parameters.Select(option => option.Name).ToHashSet(), builder.Resources.OfType<ParameterResource>().Select(parameter => parameter.Name).ToHashSet());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static IResource Of(IEnumerable<IResource> resources, string name) => resources.Single(resource => resource.Name == name);

    private static IEnumerable<string> WaitsOf(IEnumerable<IResource> resources, string name) =>
        Of(resources, name).Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name).Distinct().Order();
}
