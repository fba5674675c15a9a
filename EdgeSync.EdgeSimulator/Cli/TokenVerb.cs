using System.CommandLine;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>token</c>: an operator's token for a control plane of the simulator.</summary>
internal static class TokenVerb
{
    private static readonly TimeSpan DefaultLifetime = TimeSpan.FromHours(8);

    public static Command Create(TimeProvider time)
    {
        var data = Options.Data("folder of the control plane: the one that `serve` prints");
        data.Required = true;
        var role = Role();
        var lifetime = Options.Duration("--lifetime", "how long it is valid", DefaultLifetime);
        var verb = new Command("token", "Print an operator's token for development, for the header Authorization: Bearer") { data, role, lifetime };
        verb.SetAction(parsed =>
        {
            var folder = new DataFolder(parsed.GetValue(data)!).Create();
            using var pki = DevelopmentPki.OpenOrCreate(folder.Pki, time);
            Console.WriteLine(pki.OperatorToken([parsed.GetValue(role)!], parsed.GetValue(lifetime) ?? DefaultLifetime));
            return ExitCodes.Pass;
        });
        return verb;
    }

    private static Option<string> Role()
    {
        const string Name = "--role";
        var option = new Option<string>(Name) { Description = "what it allows", DefaultValueFactory = _ => Access.FleetWrite, HelpName = $"{Access.FleetRead}|{Access.FleetWrite}" };
        option.CustomParser = result =>
        {
            if (result.Tokens[0].Value is Access.FleetRead or Access.FleetWrite)
            {
                return result.Tokens[0].Value;
            }

            result.AddError($"{Name} takes {Access.FleetRead} or {Access.FleetWrite}, not '{result.Tokens[0].Value}'.");
            return Access.FleetWrite;
        };
        return option;
    }
}
