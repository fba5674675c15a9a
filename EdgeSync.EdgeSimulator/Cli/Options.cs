using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>Options with their units, ranges and defaults; a value outside them is one sentence.</summary>
internal static class Options
{
    private const string Embedded = "embedded";

    public static Option<int> Count(string name, string description, int defaultValue, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => defaultValue, HelpName = "N" };
        option.CustomParser = result => ParseCount(result, name, min, max) ?? defaultValue;
        return option;
    }

    public static Option<double> Rate(string name, string description, double defaultValue)
    {
        const double Max = 10_000;
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => defaultValue, HelpName = "R" };
        option.CustomParser = result =>
        {
            if (double.TryParse(result.Tokens[0].Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= Max)
            {
                return value;
            }

            result.AddError($"{name} takes a number above 0 and up to {Max}, not '{result.Tokens[0].Value}'.");
            return defaultValue;
        };
        return option;
    }

    /// <summary>Null when it is not given: a default of its own would be shown as 00:00:30.</summary>
    public static Option<TimeSpan?> Duration(string name, string description, TimeSpan defaultValue)
    {
        var option = new Option<TimeSpan?>(name)
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"{description} [default: {defaultValue.TotalSeconds}s]"),
            HelpName = "T",
        };
        option.CustomParser = result =>
        {
            if (Durations.TryParse(result.Tokens[0].Value, out var value) && value > TimeSpan.Zero)
            {
                return value;
            }

            result.AddError($"{name} takes a duration such as 500ms, 30s, 2m or 1h, not '{result.Tokens[0].Value}'.");
            return null;
        };
        return option;
    }

    public static Option<FaultLevel> Faults()
    {
        const string Name = "--faults";
        var option = new Option<FaultLevel>(Name)
        {
            Description = "none; flaky: latency, lost requests and answers, duplicates, devices offline; hostile: much of that, services, device processes and a private PostgreSQL killed with SIGKILL, device files replaced by older copies [default: none]",
            HelpName = "none|flaky|hostile",
        };
        option.CustomParser = result =>
        {
            switch (result.Tokens[0].Value)
            {
                case "none":
                    return FaultLevel.None;
                case "flaky":
                    return FaultLevel.Flaky;
                case "hostile":
                    return FaultLevel.Hostile;
                default:
                    result.AddError($"{Name} takes none, flaky or hostile, not '{result.Tokens[0].Value}'.");
                    return FaultLevel.None;
            }
        };
        return option;
    }

    public static Option<int?> Port(string name, string description) => OptionalCount(name, $"{description} [default: a free one]", "PORT", 1, 65_535);

    /// <summary>Null when it is not given.</summary>
    public static Option<int?> OptionalCount(string name, string description, string helpName, int min, int max)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = helpName };
        option.CustomParser = result => ParseCount(result, name, min, max);
        return option;
    }

    public static Option<string?> Data(string description) => new("--data") { Description = description, HelpName = "DIR" };

    public static Option<string> ControlPlane() => new("--control-plane")
    {
        Description = "embedded: in this process up to 2,000 devices, in processes of its own above that and for hostile faults; or the addresses that `serve` prints, DEVICE_URL,OPERATOR_URL",
        DefaultValueFactory = _ => Embedded,
        HelpName = "embedded|URL,URL",
    };

    /// <summary>Null when it is not given.</summary>
    public static Option<string?> Database() => new("--database")
    {
        Description = "database of the control plane: sqlite, a file in the data folder; postgres, a private PostgreSQL that is started there; or the connection string of your own, 'Data Source=FILE' or 'Host=...' [default: sqlite, or what the folder has]",
        HelpName = "sqlite|postgres|CONNECTION",
    };

    /// <summary>Null when it is not given.</summary>
    public static Option<TimeSpan?> CertificateLifetime()
    {
        const string Name = "--certificate-lifetime";
        var min = TimeSpan.FromSeconds(10);
        var option = new Option<TimeSpan?>(Name) { Description = "how long devices' certificates are valid, 10 s or more; they renew them from half of it on [default: 30 days]", HelpName = "T" };
        option.CustomParser = result =>
        {
            if (Durations.TryParse(result.Tokens[0].Value, out var value) && value >= min)
            {
                return value;
            }

            result.AddError($"{Name} takes a duration of 10s or more, such as 30s, 2m or 1h, not '{result.Tokens[0].Value}'.");
            return null;
        };
        return option;
    }

    /// <exception cref="UsageException">Not two https addresses.</exception>
    public static (Uri Device, Uri Operator)? Addresses(string controlPlane)
    {
        if (controlPlane == Embedded)
        {
            return null;
        }

        var addresses = controlPlane.Split(',')
            .Select(text => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps ? address : null).ToList();
        return addresses is [{ } device, { } operators]
            ? (device, operators)
            : throw new UsageException($"--control-plane takes 'embedded' or two https addresses, DEVICE_URL,OPERATOR_URL, as `serve` prints them; not '{controlPlane}'.");
    }

    private static int? ParseCount(ArgumentResult result, string name, int min, int max)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} takes a whole number from {min} to {max}, not '{result.Tokens[0].Value}'."));
        return null;
    }
}
