using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace EdgeSync.AppHost;

/// <summary>Which database the control plane has.</summary>
internal enum DatabaseKind
{
    /// <summary>One SQLite file: nothing else has to run.</summary>
    Embedded,

    /// <summary>A CockroachDB node in a container.</summary>
    Cockroach,

    /// <summary>A PostgreSQL or CockroachDB that is there, by its connection string.</summary>
    Postgres,
}

/// <summary>What <c>aspire publish</c> writes.</summary>
internal enum PublishTarget
{
    /// <summary>A Docker Compose file.</summary>
    Compose,

    /// <summary>A Helm chart.</summary>
    Kubernetes,
}

/// <summary>What of the model can be chosen: section <c>EdgeSync</c> of the AppHost's configuration (arguments, environment, launch profile).</summary>
internal sealed record AppHostOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "EdgeSync";

    /// <summary>The connection string's name, as the services read it.</summary>
    public const string ConnectionName = "edgesync";

    private const int ReplicasMax = 20;

    /// <summary><c>EdgeSync:Database</c>: embedded (default of a run), cockroach (default of a publish) or postgres.</summary>
    public DatabaseKind Database { get; private init; }

    /// <summary><c>EdgeSync:Target</c>: compose (default) or kubernetes.</summary>
    public PublishTarget Target { get; private init; }

    /// <summary><c>EdgeSync:Data</c>: the folder of certificates, device files and the embedded database. Default: <c>.edgesync/DATABASE</c> beside the AppHost, since a fleet belongs to its database.</summary>
    public string Data { get; private init; } = "";

    /// <summary><c>EdgeSync:Replicas</c>: of Ingest and of Commands, 1 to 20, 2 by default; 1 over the embedded database, which has one writer.</summary>
    public int Replicas { get; private init; }

    /// <summary><c>EdgeSync:DevicePort</c>, 1 to 65535.</summary>
    public int DevicePort { get; private init; }

    /// <summary><c>EdgeSync:OperatorPort</c>, 1 to 65535.</summary>
    public int OperatorPort { get; private init; }

    /// <summary><c>EdgeSync:ManagementPort</c>, 1 to 65535.</summary>
    public int ManagementPort { get; private init; }

    /// <summary><c>EdgeSync:CockroachTag</c>: the tag of the image cockroachdb/cockroach.</summary>
    public string CockroachTag { get; private init; } = "";

    /// <summary><c>EdgeSync:OperatorsAuthority</c>: what is published, the OpenID Connect provider, an https address.</summary>
    public string OperatorsAuthority { get; private init; } = "";

    /// <summary><c>ConnectionStrings:edgesync</c>: of a database that is there. A secret.</summary>
    public string ConnectionString { get; private init; } = "";

    /// <summary>Reads and checks them.</summary>
    /// <param name="configuration">The AppHost's.</param>
    /// <param name="folder">The AppHost's folder.</param>
    /// <param name="isPublish">Whether the model is written down and not run.</param>
    /// <exception cref="InvalidOperationException">Some are wrong; the message has a sentence for each, which says what to write.</exception>
    public static AppHostOptions From(IConfiguration configuration, string folder, bool isPublish)
    {
        var read = new OptionReader(configuration.GetSection(Section));
        var options = new AppHostOptions
        {
            Database = read.Word(nameof(Database), isPublish ? DatabaseKind.Cockroach : DatabaseKind.Embedded),
            Target = read.Word(nameof(Target), PublishTarget.Compose),
            DevicePort = read.Number(nameof(DevicePort), 8443, 65_535),
            OperatorPort = read.Number(nameof(OperatorPort), 8444, 65_535),
            ManagementPort = read.Number(nameof(ManagementPort), 8081, 65_535),
            CockroachTag = read.Text(nameof(CockroachTag), "v25.4.11"),
            OperatorsAuthority = read.Text(nameof(OperatorsAuthority), "https://login.example/realms/fleet"),
            ConnectionString = configuration.GetConnectionString(ConnectionName) ?? "",
        };
        options = options with
        {
            Data = Path.GetFullPath(read.Text(nameof(Data), Path.Combine(".edgesync", options.Database.ToString().ToLowerInvariant())), folder),
            Replicas = read.Number(nameof(Replicas), options.Database is DatabaseKind.Embedded ? 1 : 2, ReplicasMax),
        };
        string[] errors = [.. read.Errors, .. options.Conflicts(isPublish)];
        return errors.Length == 0 ? options : throw new InvalidOperationException(string.Join(Environment.NewLine, errors));
    }

    private IEnumerable<string> Conflicts(bool isPublish)
    {
        if (Database is DatabaseKind.Embedded && isPublish)
        {
            yield return $"Set {Section}:Database to cockroach or postgres: containers cannot share the embedded database.";
        }

        if (Database is DatabaseKind.Embedded && Replicas > 1)
        {
            yield return $"Set {Section}:Replicas to 1, or {Section}:Database to cockroach or postgres: the embedded database has one writer.";
        }

        if (Database is DatabaseKind.Postgres && !isPublish && ConnectionString.Length == 0)
        {
            yield return $"Set ConnectionStrings:{ConnectionName} to 'Host=HOST;Database=NAME;Username=USER;Password=...' of a PostgreSQL or CockroachDB that is there, or {Section}:Database to embedded.";
        }

        if (new[] { DevicePort, OperatorPort, ManagementPort }.Distinct().Count() < 3)
        {
            yield return $"Set {Section}:DevicePort, OperatorPort and ManagementPort to three different ports.";
        }

        if (!Uri.TryCreate(OperatorsAuthority, UriKind.Absolute, out var authority) || authority.Scheme != Uri.UriSchemeHttps)
        {
            yield return $"Set {Section}:OperatorsAuthority to an https address, e.g. https://login.example/realms/fleet; it is '{OperatorsAuthority}'.";
        }
    }

    private sealed class OptionReader(IConfigurationSection section)
    {
        public List<string> Errors { get; } = [];

        public string Text(string name, string otherwise) => section[name] is { Length: > 0 } text ? text : otherwise;

        public T Word<T>(string name, T otherwise)
            where T : struct, Enum
        {
            var text = Text(name, "");
            if (text.Length == 0)
            {
                return otherwise;
            }

            if (char.IsLetter(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var word))
            {
                return word;
            }

            Errors.Add($"Set {Section}:{name} to {string.Join(" or ", Enum.GetNames<T>().Select(known => known.ToLowerInvariant()))}; it is '{text}'.");
            return otherwise;
        }

        public int Number(string name, int otherwise, int most)
        {
            var text = Text(name, otherwise.ToString(CultureInfo.InvariantCulture));
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most)
            {
                return number;
            }

            Errors.Add(string.Create(CultureInfo.InvariantCulture, $"Set {Section}:{name} to a number from 1 to {most}; it is '{text}'."));
            return otherwise;
        }
    }
}
