using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using EdgeSync.AppHost;

namespace EdgeSync.Architecture.Tests;

/// <summary>The AppHost names things of others: settings, files, options. They are there.</summary>
public sealed partial class AppHostModelTests
{
    private static readonly KeyFiles Development = KeyFiles.In("data");

    [Fact]
    public void Every_setting_that_it_gives_a_service_is_one_and_is_given_once()
    {
        foreach (var keys in new[] { Development, KeyFiles.Mounted })
        {
            foreach (var settings in new[] { ServiceSettings.Gateway(keys, true), ServiceSettings.Ingest(keys, false), ServiceSettings.Commands(keys, true) })
            {
                Assert.All(settings, setting => Assert.NotNull(SettingRow.Find(setting.Name.Replace("__", ":", StringComparison.Ordinal))));
                Assert.Equal(settings.Count(), settings.Select(setting => setting.Name).Distinct().Count());
                Assert.All(settings, setting => Assert.NotEqual("", setting.Value));
            }
        }

        Assert.NotNull(SettingRow.Find(ServiceSettings.TokenKeySet.Replace("__", ":", StringComparison.Ordinal)));
        Assert.NotNull(SettingRow.Find(ServiceSettings.OperatorsAuthority.Replace("__", ":", StringComparison.Ordinal)));
        Assert.Equal(EdgeSync.Protocol.Routes.TokenKeys, ServiceSettings.TokenKeysPath);
    }

    [Fact]
    public void Services_go_by_what_was_migrated_before_them_or_do_it_themselves() => Assert.Equal(
        ["check", "apply"],
        new[] { true, false }.Select(isMigrated => ServiceSettings.Ingest(Development, isMigrated).Single(setting => setting.Name == "Database__Migrations").Value));

    [Fact]
    public void Its_key_files_are_those_that_the_simulator_makes()
    {
        var simulator = Assembly.Load("EdgeSync.EdgeSimulator");
        var made = simulator.GetType("EdgeSync.EdgeSimulator.PkiFiles")!;
        var files = Activator.CreateInstance(made, Path.Combine("data", "pki"));
        string Made(string name) => (string)made.GetProperty(name)!.GetValue(files)!;

        Assert.Equal(
            new KeyFiles
            {
                FleetCa = Made("Authority"),
                Server = Made("Gateway"),
                ServerKey = Made("GatewayKey"),
                TokenKeys = Made("TokenKeys"),
                Revocations = Made("Revocations"),
                Receipts = Made("Receipts"),
                ReceiptsKey = Made("ReceiptsKey"),
                Issuing = Made("Issuing"),
                OperatorKeySet = Made("OperatorKeySet"),
            },
            Development);
        Assert.Contains(simulator.GetType("EdgeSync.EdgeSimulator.OperatorTokens")!.GetField("Issuer")!.GetRawConstantValue(), ServiceSettings.Gateway(Development, false).Select(setting => (object)setting.Value));
    }

    [Fact]
    public void Every_file_in_a_container_is_below_a_folder_that_is_mounted_there()
    {
        AreMounted(ServiceSettings.Gateway(KeyFiles.Mounted, true), ServiceShape.Gateway);
        AreMounted(ServiceSettings.Ingest(KeyFiles.Mounted, true), ServiceShape.Ingest);
        AreMounted(ServiceSettings.Commands(KeyFiles.Mounted, true), ServiceShape.Commands);
    }

    [Fact]
    public void Parameters_of_the_fleet_are_options_of_run() => Rule.Holds(
        FleetSize.Parameters.Select(option => $"--{option.Name}")
            .Except(Document.Load("docs/simulator.md").Table("option of run", "default", "unit, range", "what it is").Select(row => row[0].Split(' ')[0])).Select(option => $"{option} is no option of run."));

    [Fact]
    public void An_offer_is_of_one_start()
    {
        var size = new FleetSize();
        Assert.Null(size.Chosen("devices"));
        size.Choose(new FleetOffer(1_000, "flaky"));
        Assert.Equal(("1000", "flaky", null), (size.Chosen("devices"), size.Chosen("faults"), size.Chosen("seed")));
        size.Forget();
        Assert.Null(size.Chosen("devices"));
        Assert.Equal("Start 1,000 devices, a flaky network", new FleetOffer(1_000, "flaky").Title);
    }

    [Fact]
    public void Endpoints_have_names_that_a_cluster_takes_for_ports() => Rule.Holds(
        from service in new[] { "EdgeSync.Ingest", "EdgeSync.Commands" }
        from endpoint in JsonDocument.Parse(Repository.Read($"{service}/appsettings.json")).RootElement.GetProperty("Kestrel").GetProperty("Endpoints").EnumerateObject()
        where !PortName().IsMatch(endpoint.Name)
        select $"{service} has an endpoint {endpoint.Name}.");

    private static void AreMounted(IEnumerable<(string Name, string Value)> settings, ServiceShape shape) => Assert.All(
        settings.Where(setting => setting.Value.StartsWith('/')),
        setting => Assert.Contains([.. shape.Mounts.Select(mount => mount.Folder), shape.State], folder => folder is not null && (setting.Value + "/").StartsWith(folder + "/", StringComparison.Ordinal)));

    [GeneratedRegex("^[a-z][a-z0-9-]{0,14}$")]
    private static partial Regex PortName();
}
