using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>doctor</c>: looks at a control plane or at a device's folder, and says what to do.</summary>
internal static class DoctorVerb
{
    public static Command Create(TimeProvider time)
    {
        var controlPlane = new Option<string?>("--control-plane") { Description = "the operator port of a control plane to look at", HelpName = "URL" };
        var token = new Option<string?>("--token") { Description = "with --control-plane: an operator's token with the role fleet.read", HelpName = "TOKEN" };
        var root = new Option<string?>("--root") { Description = "with --control-plane: the fleet's root certificates [default: those of --data]", HelpName = "PEM" };
        var data = Options.Data("with --control-plane: the folder that `serve` was given, in place of --root");
        var device = new Option<string?>("--device") { Description = "a device's file to look at; its program may run", HelpName = "FILE" };
        var identity = new Option<string?>("--identity") { Description = "with --device: the folder of its certificate [default: `identity` beside the file]", HelpName = "DIR" };
        var verb = new Command("doctor", "Look at a control plane or at a device, and say what to do") { controlPlane, token, root, data, device, identity };
        verb.SetAction(async (parsed, ct) =>
        {
            var findings = (parsed.GetValue(controlPlane), parsed.GetValue(device)) switch
            {
                ({ } url, null) => await LookAtAsync(url, parsed.GetValue(token), parsed.GetValue(root), parsed.GetValue(data), time, ct),
                (null, { } file) => LookAt(file, parsed.GetValue(identity), time),
                _ => throw new UsageException("Name one to look at: a control plane with --control-plane, or a device's file with --device."),
            };
            foreach (var finding in findings)
            {
                Console.WriteLine(finding.ToText());
            }

            return findings.All(finding => finding.IsGood) ? ExitCodes.Pass : ExitCodes.AuditFailed;
        });
        return verb;
    }

    private static async Task<IReadOnlyList<Diagnosis>> LookAtAsync(string url, string? token, string? root, string? data, TimeProvider time, CancellationToken ct)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
        {
            throw new UsageException($"--control-plane takes an https address, not '{url}'.");
        }

        var path = root ?? (data is null ? throw new UsageException("Name the fleet's root certificates with --root, or the control plane's folder with --data.") : new PkiFiles(new DataFolder(data).Pki).Authority);
        var roots = Auditor.ReadRoots(path);
        var probe = new ControlPlaneProbe(
            roots.Count > 0 ? roots[0] : throw new UsageException($"{path} has no certificate; name a PEM file with the fleet's root certificates with --root."),
            address,
            token ?? throw new UsageException("--control-plane needs an operator's token: add --token."),
            time);
        return ControlPlaneRules.Judge(await probe.AskAsync(ct), time.GetUtcNow());
    }

    private static IReadOnlyList<Diagnosis> LookAt(string file, string? identity, TimeProvider time)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, "identity");
        var folder = identity ?? (Directory.Exists(beside) ? beside : null);
        return DeviceRules.Judge(DeviceFactsStore.Read(file, folder), time.GetUtcNow(), folder is not null);
    }
}
