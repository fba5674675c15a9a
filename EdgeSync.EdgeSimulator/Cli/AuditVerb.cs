using System.CommandLine;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>audit</c>: the files of a folder in which nothing runs any more, or one device's file against any control plane.</summary>
internal static class AuditVerb
{
    public static Command Create(TimeProvider time)
    {
        var data = Options.Data("folder of the run to audit, or of the control plane that --device is held to");
        var database = Options.Database();
        var device = Text("--device", "FILE", "a device's file: audit this one alone, its ledger and its durability receipts");
        var root = Text("--root", "PEM", "the fleet's root certificates, which receipts must be signed by [default: the folder's]");
        var controlPlane = Text("--control-plane", "URL", "with --device: the operator port of a control plane that runs, in place of its database");
        var token = Text("--token", "TOKEN", "with --control-plane: an operator's token");
        var verb = new Command("audit", "Audit a folder: every device's file and the control plane's database against the journals; or one device's file against a control plane")
        {
            data, database, device, root, controlPlane, token,
        };
        verb.SetAction(async (parsed, ct) =>
        {
            var folder = parsed.GetValue(data) is { } path ? new DataFolder(path) : null;
            var audit = parsed.GetValue(device) is { } file
                ? await AuditDeviceAsync(
                    ReadDevice(file), ReadRoots(parsed.GetValue(root), folder), parsed.GetValue(controlPlane), parsed.GetValue(token), parsed.GetValue(database), folder, time, ct)
                : await AuditFolderAsync(folder ?? throw new UsageException("Name the folder of a run with --data, or a device's file with --device."), parsed.GetValue(database), time, ct);
            Summary.Write(audit, Console.Out);
            return audit.Passed ? ExitCodes.Pass : ExitCodes.AuditFailed;
        });
        return verb;
    }

    private static async Task<AuditResult> AuditFolderAsync(DataFolder folder, string? database, TimeProvider time, CancellationToken ct)
    {
        Auditor.RequireFleet(folder);
        await using var opened = await StartedDatabase.OpenAsync(DatabaseChoice.Of(database, folder), folder, time, ct);
        return Auditor.Run(folder, opened.ConnectionString);
    }

    private static async Task<AuditResult> AuditDeviceAsync(
        DeviceFile file, X509Certificate2Collection roots, string? controlPlane, string? token, string? database, DataFolder? folder, TimeProvider time, CancellationToken ct)
    {
        if (controlPlane is not null)
        {
            using var http = DeviceHttp.OperatorClient(
                roots[0],
                Uri.TryCreate(controlPlane, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps ? address : throw new UsageException($"--control-plane takes an https address, not '{controlPlane}'."),
                token ?? throw new UsageException("--control-plane needs an operator's token: add --token."));
            try
            {
                return await OnlineAudit.RunAsync(file, roots, new OperatorClient(http), ct);
            }
            catch (HttpRequestException e)
            {
                throw new UsageException($"The control plane at {controlPlane} cannot be asked: {e.Message}", e);
            }
        }

        var place = folder ?? new DataFolder(Path.GetTempPath());
        if (folder is null && database is null)
        {
            throw new UsageException("Name the control plane: its folder with --data, its database with --database, or its operator port with --control-plane.");
        }

        await using var opened = await StartedDatabase.OpenAsync(DatabaseChoice.Of(database, place), place, time, ct);
        return Auditor.RunDevice(file, roots, opened.ConnectionString);
    }

    private static DeviceFile ReadDevice(string path) => DeviceFile.TryRead(path) ?? throw new UsageException($"There is no device's file at {path}.");

    private static X509Certificate2Collection ReadRoots(string? path, DataFolder? folder) => Auditor.ReadRoots(
        path ?? (folder is null ? throw new UsageException("Name the fleet's root certificates with --root.") : new PkiFiles(folder.Pki).Authority)) is { Count: > 0 } roots
            ? roots
            : throw new UsageException($"{path} has no certificate; name a PEM file with the fleet's root certificates with --root.");

    private static Option<string?> Text(string name, string helpName, string description) => new(name) { Description = description, HelpName = helpName };
}
