using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>pki</c>: the development CA and the keys that belong to it.</summary>
internal static class PkiVerb
{
    public static Command Create(TimeProvider time)
    {
        var data = Options.Data("folder to make them in");
        data.Required = true;
        var verb = new Command("pki", "Make a development CA, the gateway's certificate, and the keys of tokens; existing ones are kept. Devices get theirs by enrolling") { data };
        verb.SetAction(parsed =>
        {
            var folder = new DataFolder(parsed.GetValue(data)!).Create();
            using var pki = DevelopmentPki.OpenOrCreate(folder.Pki, time);
            var files = pki.Files;
            Console.WriteLine($"fleet CA         {files.Authority}");
            Console.WriteLine($"issuing CA       {files.Issuing}");
            Console.WriteLine($"gateway          {files.Gateway}, {files.GatewayKey}; next key {files.GatewayNextKey}");
            Console.WriteLine($"receipts         {files.Receipts}, {files.ReceiptsKey}");
            Console.WriteLine($"devices' tokens  {files.TokenKeys}");
            Console.WriteLine($"operators        {files.OperatorKey}, {files.OperatorKeySet}");
            foreach (var pin in pki.GatewayPins)
            {
                Console.WriteLine($"gateway pin      {pin}");
            }

            return ExitCodes.Pass;
        });
        return verb;
    }
}
