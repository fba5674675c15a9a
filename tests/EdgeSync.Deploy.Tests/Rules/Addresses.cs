using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeSync.Deploy.Tests;

/// <summary>Hosts and ports of the cluster that a text names: a URL, a connection string, an argument. Names with a dot that do not end in the cluster's domain are elsewhere.</summary>
internal static partial class Addresses
{
    private const int DatabasePort = 26257;

    public static IEnumerable<(string Host, int Port)> In(string text) =>
        Address().Matches(text).Select(match => (
            match.Groups["host"].Value,
            match.Groups["port"] is { Success: true } port ? int.Parse(port.Value, CultureInfo.InvariantCulture) : DatabasePort));

    // With a port, or with the cluster's domain; after a scheme, a user, a sign of equality or a comma.
    [GeneratedRegex(@"(?<=://|@|=|,|^)((?<host>[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.svc(\.cluster\.local)?)(:(?<port>\d+))?|(?<host>[a-z][a-z0-9-]*):(?<port>\d{2,5}))(?=[/,;?]|\s|$)")]
    private static partial Regex Address();
}
