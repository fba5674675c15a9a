using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>audit</c>: the files of a folder in which nothing runs any more.</summary>
internal static class AuditVerb
{
    public static Command Create(TimeProvider time)
    {
        var data = Options.Data("folder of the run to audit");
        data.Required = true;
        var database = Options.Database();
        var verb = new Command("audit", "Audit a folder: every device's file and the control plane's database against the journals") { data, database };
        verb.SetAction(async (parsed, ct) =>
        {
            var folder = new DataFolder(parsed.GetValue(data)!);
            Auditor.RequireFleet(folder);
            await using var opened = await StartedDatabase.OpenAsync(DatabaseChoice.Of(parsed.GetValue(database), folder), folder, time, ct);
            var audit = Auditor.Run(folder, opened.ConnectionString);
            Summary.Write(audit, Console.Out);
            return audit.Passed ? ExitCodes.Pass : ExitCodes.AuditFailed;
        });
        return verb;
    }
}
