using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary>The simulator's command line: verbs, one sentence for wrong usage, exit codes.</summary>
internal static class CommandLine
{
    // Ctrl+C ends the work; what is left is drained, audited and reported before the process goes.
    private static readonly TimeSpan StopPatience = TimeSpan.FromMinutes(30);
    private static readonly string[] NotVerbs = ["--help", "-h", "-?", "--version"];

    public static async Task<int> InvokeAsync(string[] args, TimeProvider time, TextWriter error)
    {
        var root = new RootCommand("EdgeSync's simulator: virtual devices against a control plane, and an audit that proves what arrived.")
        {
            RunVerb.Create(time), ServeVerb.Create(time), AuditVerb.Create(time), PkiVerb.Create(time), TokenVerb.Create(time), DoctorVerb.Create(time), SimulateVerb.Create(time), ChildVerbs.Service(), ChildVerbs.WorkerPart(time),
        };
        if (args.Length > 0 && !args[0].StartsWith('-') && root.Subcommands.All(verb => verb.Name != args[0]))
        {
            await error.WriteLineAsync($"There is no verb '{args[0]}'; the verbs are {string.Join(", ", root.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name))}.");
            return ExitCodes.WrongUsage;
        }

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
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = StopPatience });
        }
        catch (UsageException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCodes.WrongUsage;
        }
    }
}
