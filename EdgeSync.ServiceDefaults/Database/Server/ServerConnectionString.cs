using System.Data.Common;
using Npgsql;

namespace EdgeSync.ServiceDefaults;

/// <summary>The settings of a server's connections, where the connection string does not say otherwise. docs/databases.md argues each.</summary>
internal static class ServerConnectionString
{
    // Of each host: a service has few transactions under way, however many devices wait.
    private const int PoolSizeMax = 16;

    // Short enough that a drained node has lost its connections before it is stopped, and that a new one gets its share.
    private const int ConnectionLifetimeSeconds = 300;

    // An Open may try each host in turn.
    private const int ConnectTimeoutSeconds = 4;

    private const int CommandTimeoutSeconds = 15;
    private const int KeepAliveSeconds = 30;
    private const int HostRecheckSeconds = 10;
    private const int PreparedStatementsMax = 64;

    /// <summary>The string as it came.</summary>
    /// <exception cref="ArgumentException">Npgsql does not know a keyword or a value.</exception>
    public static string Check(string text) => new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 } ? text : throw new ArgumentException("Host is empty.");

    public static string WithDefaults(string text, string applicationName)
    {
        var given = new DbConnectionStringBuilder { ConnectionString = text }.Keys.Cast<string>()
            .Select(key => key.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant()).ToHashSet();
        var settings = new NpgsqlConnectionStringBuilder(text) { Enlist = false };
        Default(() => settings.ApplicationName = applicationName, "APPLICATIONNAME");
        Default(() => settings.Timeout = ConnectTimeoutSeconds, "TIMEOUT");
        Default(() => settings.CommandTimeout = CommandTimeoutSeconds, "COMMANDTIMEOUT");
        Default(() => settings.KeepAlive = KeepAliveSeconds, "KEEPALIVE");
        Default(() => settings.MaxPoolSize = PoolSizeMax, "MAXIMUMPOOLSIZE", "MAXPOOLSIZE");
        Default(() => settings.ConnectionLifetime = ConnectionLifetimeSeconds, "CONNECTIONLIFETIME", "LOADBALANCETIMEOUT");
        Default(() => settings.MaxAutoPrepare = PreparedStatementsMax, "MAXAUTOPREPARE");
        Default(() => settings.AutoPrepareMinUsages = 2, "AUTOPREPAREMINUSAGES");
        // No statement here sets session state, so there is none to reset.
        Default(() => settings.NoResetOnClose = true, "NORESETONCLOSE");
        if (settings.Host!.Contains(',', StringComparison.Ordinal))
        {
            Default(() => settings.LoadBalanceHosts = true, "LOADBALANCEHOSTS");
            Default(() => settings.HostRecheckSeconds = HostRecheckSeconds, "HOSTRECHECKSECONDS");
        }

        return settings.ToString();

        void Default(Action set, params ReadOnlySpan<string> keywords)
        {
            foreach (var keyword in keywords)
            {
                if (given.Contains(keyword))
                {
                    return;
                }
            }

            set();
        }
    }

    /// <summary>Hosts beyond this machine that are spoken to without proof of who they are.</summary>
    public static IEnumerable<string> UnprovenHosts(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder(text);
        return settings.SslMode == SslMode.VerifyFull
            ? []
            : settings.Host!.Split(',').Select(host => host.Trim().Split(':')[0]).Where(host => host is not ("localhost" or "127.0.0.1") && !host.StartsWith('/'));
    }
}
