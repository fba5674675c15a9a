using System.Globalization;

namespace EdgeSync.AppHost;

/// <summary>What a fleet is started with: <c>Parameters:NAME</c> of the AppHost's configuration, and for one start what was chosen in the dashboard.</summary>
internal sealed class FleetSize
{
    /// <summary>The simulator's options that are parameters, with their defaults; docs/simulator.md says what they take.</summary>
    public static IReadOnlyList<(string Name, string Value)> Parameters { get; } =
    [
        ("devices", "20"),
        ("duration", "1m"),
        ("rate", "1"),
        ("sync-interval", "5s"),
        ("commands-per-minute", "60"),
        ("faults", "none"),
        ("seed", "1"),
    ];

    /// <summary>The fleets that the dashboard offers.</summary>
    public static IReadOnlyList<FleetOffer> Offers { get; } = [new(100, "none"), new(1_000, "none"), new(100, "flaky")];

    private FleetOffer? _chosen;

    /// <summary>The next start is of this fleet.</summary>
    public void Choose(FleetOffer offer) => _chosen = offer;

    /// <summary>What was chosen for an option, for the start under way; null for its parameter's value.</summary>
    public string? Chosen(string name) => name switch
    {
        "devices" => _chosen?.Devices.ToString(CultureInfo.InvariantCulture),
        "faults" => _chosen?.Faults,
        _ => null,
    };

    /// <summary>The starts after this one are by the parameters again.</summary>
    public void Forget() => _chosen = null;
}

/// <summary>A fleet that one click starts.</summary>
internal sealed record FleetOffer(int Devices, string Faults)
{
    /// <summary>The command's name.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"start-{Devices}-{Faults}");

    /// <summary>What the dashboard shows.</summary>
    public string Title => string.Create(CultureInfo.InvariantCulture, $"Start {Devices:N0} devices{(Faults == "none" ? "" : $", a {Faults} network")}");
}
