using System.Text.Json;
using EdgeSync.AppHost;
using Microsoft.Extensions.Configuration;

namespace EdgeSync.Architecture.Tests;

/// <summary>What of the AppHost can be chosen, and what it says of a wrong choice.</summary>
public sealed class AppHostOptionsTests
{
    [Fact]
    public void Nothing_chosen_runs_embedded_and_publishes_compose_with_a_node_of_its_own()
    {
        var run = Read(isPublish: false);
        var publish = Read(isPublish: true);

        Assert.Equal((DatabaseKind.Embedded, 1, 8443, 8444, 8081), (run.Database, run.Replicas, run.DevicePort, run.OperatorPort, run.ManagementPort));
        Assert.Equal(Path.Combine(Path.GetTempPath(), ".edgesync", "embedded"), run.Data);
        Assert.Equal((DatabaseKind.Cockroach, 2, PublishTarget.Compose), (publish.Database, publish.Replicas, publish.Target));
    }

    [Fact]
    public void What_is_chosen_is_taken()
    {
        var options = Read(false, "EdgeSync:Database=Postgres", "ConnectionStrings:edgesync=Host=db", "EdgeSync:Replicas=3", "EdgeSync:DevicePort=9443", "EdgeSync:Data=data", "EdgeSync:CockroachTag=v26.2.1");

        Assert.Equal((DatabaseKind.Postgres, "Host=db", 3, 9443, "v26.2.1"), (options.Database, options.ConnectionString, options.Replicas, options.DevicePort, options.CockroachTag));
        Assert.Equal(Path.Combine(Path.GetTempPath(), "data"), options.Data);
    }

    [Theory]
    [InlineData(false, "Set EdgeSync:Database to embedded or cockroach or postgres; it is 'mysql'.", "EdgeSync:Database=mysql")]
    [InlineData(false, "Set EdgeSync:Database to embedded or cockroach or postgres; it is '1'.", "EdgeSync:Database=1")]
    [InlineData(false, "Set EdgeSync:Replicas to a number from 1 to 20; it is '0'.", "EdgeSync:Replicas=0")]
    [InlineData(false, "Set EdgeSync:DevicePort to a number from 1 to 65535; it is '65536'.", "EdgeSync:DevicePort=65536")]
    [InlineData(false, "three different ports", "EdgeSync:DevicePort=8444")]
    [InlineData(false, "Set EdgeSync:Replicas to 1, or EdgeSync:Database to cockroach or postgres", "EdgeSync:Replicas=2")]
    [InlineData(false, "Set ConnectionStrings:edgesync to 'Host=HOST;", "EdgeSync:Database=postgres")]
    [InlineData(true, "Set EdgeSync:Database to cockroach or postgres: containers cannot share", "EdgeSync:Database=embedded")]
    [InlineData(true, "Set EdgeSync:Target to compose or kubernetes; it is 'azure'.", "EdgeSync:Target=azure")]
    [InlineData(true, "Set EdgeSync:OperatorsAuthority to an https address", "EdgeSync:OperatorsAuthority=http://login.example")]
    public void A_wrong_choice_says_what_to_write(bool isPublish, string sentence, string setting) =>
        Assert.Contains(sentence, Assert.Throws<InvalidOperationException>(() => Read(isPublish, setting)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_fault_is_told_at_once() => Assert.Equal(
        3, Assert.Throws<InvalidOperationException>(() => Read(false, "EdgeSync:Database=x", "EdgeSync:Replicas=x", "EdgeSync:OperatorPort=x")).Message.Split(Environment.NewLine).Length);

    [Fact]
    public void A_secret_is_not_told() => Assert.DoesNotContain(
        "hunter2", Assert.Throws<InvalidOperationException>(() => Read(false, "ConnectionStrings:edgesync=Host=db;Password=hunter2", "EdgeSync:Replicas=x")).Message, StringComparison.Ordinal);

    [Fact]
    public void There_is_a_launch_profile_for_each_database()
    {
        var profiles = JsonDocument.Parse(Repository.Read("EdgeSync.AppHost/Properties/launchSettings.json")).RootElement.GetProperty("profiles");

        Assert.Equal(
            Enum.GetNames<DatabaseKind>().Select(name => name.ToLowerInvariant()),
            profiles.EnumerateObject().Select(profile => profile.Value.GetProperty("environmentVariables").TryGetProperty("EdgeSync__Database", out var database) ? database.GetString() : "embedded"));
        Assert.All(profiles.EnumerateObject(), profile => Assert.Equal(
            profile.Name, profile.Value.GetProperty("environmentVariables").TryGetProperty("EdgeSync__Database", out var database) ? database.GetString() : "embedded"));
    }

    [Fact]
    public void Its_page_has_every_choice() => Assert.Equal(
        typeof(AppHostOptions).GetProperties().Where(property => property.Name is not (nameof(AppHostOptions.ConnectionString) or "EqualityContract")).Select(property => $"{AppHostOptions.Section}:{property.Name}").Order(StringComparer.Ordinal),
        Document.Load("docs/aspire.md").Table("choice", "default", "what it is").Select(row => row[0]).Order(StringComparer.Ordinal));

    private static AppHostOptions Read(bool isPublish, params string[] settings) =>
        AppHostOptions.From(new ConfigurationBuilder().AddCommandLine(settings).Build(), Path.GetTempPath(), isPublish);
}
