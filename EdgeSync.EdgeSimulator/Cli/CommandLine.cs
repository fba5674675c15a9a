using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary>The simulator's command line: verbs, one sentence for wrong usage, exit codes.</summary>
internal static class CommandLine
{
    private static readonly string[] NotVerbs = ["--help", "-h", "-?", "--version"];

    public static async Task<int> InvokeAsync(string[] args, TimeProvider time, TextWriter error)
    {
        var root = new RootCommand("EdgeSync's simulator: virtual devices against a control plane, and an audit that proves what arrived.")
        {
            RunVerb.Create(time), ServeVerb.Create(time), AuditVerb.Create(), PkiVerb.Create(time), ChildVerbs.Service(), ChildVerbs.WorkerPart(time),
        };
        // `run` is the verb when none is named.
        var named = args.Length > 0 && (!args[0].StartsWith('-') || NotVerbs.Contains(args[0]));
        var parsed = root.Parse(named ? args : ["run", .. args]);
        if (parsed.Errors.Count > 0)
        {
            await error.WriteLineAsync($"{parsed.Errors[0].Message} (--help lists the options)");
            return ExitCodes.WrongUsage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (UsageException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCodes.WrongUsage;
        }
    }
}
