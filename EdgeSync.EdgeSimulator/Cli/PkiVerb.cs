using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>pki</c>: the development CA, the gateway's certificate and those of a fleet.</summary>
internal static class PkiVerb
{
    public static Command Create(TimeProvider time)
    {
        var data = Options.Data("folder to make them in");
        data.Required = true;
        var devices = Options.Count("--devices", "device certificates to make", 0, 0, 100_000);
        var seed = Options.Count("--seed", "what device ids are drawn from, for a new fleet", 1, 0, int.MaxValue);
        var verb = new Command("pki", "Make a development CA, the gateway's certificate, and device certificates; existing ones are kept") { data, devices, seed };
        verb.SetAction(parsed =>
        {
            var folder = new DataFolder(parsed.GetValue(data)!).Create();
            var count = parsed.GetValue(devices);
            using var pki = DevelopmentPki.OpenOrCreate(folder.Pki, time);
            var fleet = FleetFile.OpenOrCreate(folder, parsed.GetValue(seed), count);
            for (var number = 0; number < count; number++)
            {
                pki.Device(number, fleet.DeviceId(number)).Dispose();
            }

            Console.WriteLine($"fleet CA      {pki.AuthorityPath}");
            Console.WriteLine($"gateway       {pki.GatewayPath}, {pki.GatewayKeyPath}");
            Console.WriteLine($"devices       {count} in {Path.Combine(folder.Pki, "devices")}");
            return ExitCodes.Pass;
        });
        return verb;
    }
}
