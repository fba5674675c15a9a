using System.Globalization;
using System.Text.RegularExpressions;

namespace EdgeSync.Deploy.Tests;

/// <summary>What holds for manifests, for Compose: everything that is named exists, every setting is read, nobody may more than it must.</summary>
internal static partial class ComposeRules
{
    private const string Preparing = "prepare";
    private const int GraceSecondsMin = 35;
    private const int ConsolePort = 8080;

    private static readonly string[] OthersSettings = ["HOME", "PROMETHEUS_REMOTE_WRITE_URL", "TRACES_OTLP_ENDPOINT", "LOGS_OTLP_URL"];
    private static readonly string[] Conditions = ["service_started", "service_completed_successfully"];

    /// <summary>All that is wrong; also that something cannot be read at all.</summary>
    public static IReadOnlyList<string> Check(DeployFiles files, params string[] names)
    {
        try
        {
            var compose = ComposeFile.Load(files, new Dictionary<string, string>(), names);
            var built = BuiltImages.Read(files);
            return
            [
                .. compose.Services.Values.SelectMany(service => References(files, compose, service).Concat(Settings(service, built)).Concat(Paths(compose, service)).Concat(Network(compose, service)).Concat(Limits(service)))
                    .Distinct(),
            ];
        }
        catch (FaultException e)
        {
            return [e.Message];
        }
    }

    private static IEnumerable<string> References(DeployFiles files, ComposeFile compose, ComposeService service)
    {
        foreach (var (name, condition) in service.DependsOn)
        {
            if (!compose.Services.ContainsKey(name) || !Conditions.Contains(condition))
            {
                yield return $"{service.Where}: it waits for {name}, {condition}, which does not exist.";
            }
        }

        foreach (var secret in service.Secrets.Where(secret => !compose.Secrets.ContainsKey(secret)))
        {
            yield return $"{service.Where}: there is no secret {secret}.";
        }

        foreach (var source in service.Mounts.Select(mount => mount.Source).Where(source => !IsThere(files, compose, source)))
        {
            yield return $"{service.Where}: there is no volume and no path {source}.";
        }

        foreach (var network in service.Node.Texts("networks").Where(network => !compose.Networks.Contains(network)))
        {
            yield return $"{service.Where}: there is no network {network}.";
        }
    }

    private static bool IsThere(DeployFiles files, ComposeFile compose, string source) =>
        compose.Volumes.Contains(source) || source.StartsWith("./pki", StringComparison.Ordinal)
        || (source.StartsWith('.') && DeployFiles.Resolve(ComposeFile.Folder, source) is var path && files.Texts.Keys.Any(file => file == path || file.StartsWith(path + "/", StringComparison.Ordinal)));

    private static IEnumerable<string> Settings(ComposeService service, BuiltImages built)
    {
        if (!ImageRules.IsBuilt(service.Image, built))
        {
            yield return $"{service.Where}: nobody builds the image {service.Image}.";
        }

        var shape = ServiceShape.Of(service.Image);
        foreach (var setting in service.Environment.Keys.Where(setting => shape is null ? !OthersSettings.Contains(setting) : !KnownSettings.Of(shape.Name).Knows(setting)))
        {
            yield return $"{service.Where}: {setting} is no setting of {service.Image.Split(':')[0]}.";
        }

        foreach (var (setting, expected) in shape is not null && service.RunsOn ? shape.Addresses : new Dictionary<string, string>())
        {
            if (service.Environment.GetValueOrDefault(setting) != expected)
            {
                yield return $"{service.Where}: {setting} must be {expected}.";
            }
        }
    }

    private static IEnumerable<string> Paths(ComposeFile compose, ComposeService service)
    {
        foreach (var path in service.Environment.Values.Concat(service.Arguments).SelectMany(value => FilePath().Matches(value).Select(match => match.Value)).Where(_ => service.Name != Preparing))
        {
            var mount = service.Mounts.FirstOrDefault(mount => path == mount.Target || path.StartsWith(mount.Target + "/", StringComparison.Ordinal));
            if (path.StartsWith("/run/secrets/", StringComparison.Ordinal) ? !service.Secrets.Contains(path["/run/secrets/".Length..]) : mount.Target is null)
            {
                yield return $"{service.Where}: it is told of {path}, but nothing is mounted there.";
            }

            if (ClientCertificate().Match(path) is { Success: true } client && !IsPrepared(compose, client.Groups["user"].Value, mount.Source))
            {
                yield return $"{service.Where}: '{Preparing}' makes no {path} in the volume {mount.Source}.";
            }
        }
    }

    private static bool IsPrepared(ComposeFile compose, string user, string volume) =>
        compose.Services[Preparing].Arguments.Any(script => Users().Match(script).Groups["users"].Value.Split(' ').Contains(user)) && volume == $"certs-{user.Replace("edgesync_", "", StringComparison.Ordinal)}";

    private static IEnumerable<string> Network(ComposeFile compose, ComposeService service)
    {
        foreach (var (host, port) in service.Environment.Values.SelectMany(Addresses.In).Distinct())
        {
            if (!compose.Services.TryGetValue(host, out var target))
            {
                yield return $"{service.Where}: it is told of {host}:{port}, but there is no service {host}.";
            }
            else if (!Ports(target).Contains(port))
            {
                yield return $"{service.Where}: it is told of {host}:{port}, which listens at {string.Join(", ", Ports(target))}.";
            }
            else if (!service.Node.Texts("networks").Intersect(target.Node.Texts("networks")).Any())
            {
                yield return $"{service.Where}: it is told of {host}:{port}, but no network has both.";
            }
        }

        foreach (var published in service.Node.Texts("ports").Select(port => port.Split(':')))
        {
            if (!Ports(service).Contains(int.Parse(published[^1], CultureInfo.InvariantCulture)))
            {
                yield return $"{service.Where}: port {published[^1]} is published, where nobody listens.";
            }

            if (published.Length == 2 && service.Name != "gateway")
            {
                yield return $"{service.Where}: port {published[0]} is published to everybody; only the gateway is for them.";
            }
        }
    }

    private static int[] Ports(ComposeService service) =>
        ServiceShape.Of(service.Image) is { } shape
            ? [.. shape.Ports.Values.Select(setting => service.Environment.GetValueOrDefault(setting, "0").Split(':')[^1]).Select(number => int.Parse(number, CultureInfo.InvariantCulture))]
            : service.Image.StartsWith("cockroachdb/", StringComparison.Ordinal) ? [26257, ConsolePort] : [4317, 4318, 8889, 13133];

    private static IEnumerable<string> Limits(ComposeService service)
    {
        foreach (var (holds, sentence) in new (bool, string)[]
        {
            (service.User.Split(':')[0] is not ("" or "0" or "root"), "user must be a number above 0"),
            (service.Node.Text("read_only") == "true", "read_only must be true"),
            (service.Node.Texts("cap_drop").Contains("ALL"), "cap_drop must be ALL"),
            (service.Node.Texts("security_opt").Contains("no-new-privileges:true"), "security_opt must have no-new-privileges:true"),
            (!service.RunsOn || service.Node.Text("mem_limit") is not null, "mem_limit is missing"),
            (!service.RunsOn || ServiceShape.Of(service.Image) is null || Seconds(service.Node.Text("stop_grace_period")) >= GraceSecondsMin, $"stop_grace_period must be {GraceSecondsMin} s or more"),
        })
        {
            if (!holds && service.Name != Preparing)
            {
                yield return $"{service.Where}: {sentence}.";
            }
        }
    }

    private static int Seconds(string? text) => text is not null && text.EndsWith('s') && int.TryParse(text[..^1], CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    [GeneratedRegex(@"(?<![\w/.:])/(certs|run/secrets|etc|sql|var/lib)(/[\w.-]+)+")]
    private static partial Regex FilePath();

    [GeneratedRegex(@"/certs/client\.(?<user>\w+)\.(crt|key)$")]
    private static partial Regex ClientCertificate();

    [GeneratedRegex(@"for user in (?<users>[\w ]+);")]
    private static partial Regex Users();
}
