using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>audit</c>: the files of a folder in which nothing runs any more.</summary>
internal static class AuditVerb
{
    public static Command Create()
    {
        var data = Options.Data("folder of the run to audit");
        data.Required = true;
        var database = Options.Database();
        var verb = new Command("audit", "Audit a folder: every device's file and the control plane's database against the journals") { data, database };
        verb.SetAction(parsed =>
        {
            var audit = Auditor.Run(new DataFolder(parsed.GetValue(data)!), Options.DatabaseFile(parsed.GetValue(database)!));
            Summary.Write(audit, Console.Out);
            return audit.Passed ? ExitCodes.Pass : ExitCodes.AuditFailed;
        });
        return verb;
    }
}
