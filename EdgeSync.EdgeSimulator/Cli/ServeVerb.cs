using System.CommandLine;

namespace EdgeSync.EdgeSimulator;

/// <summary><c>serve</c>: the embedded control plane alone, until Ctrl+C.</summary>
internal static class ServeVerb
{
    public static Command Create(TimeProvider time)
    {
        var data = Options.Data("folder of certificates and database [default: temporary]");
        var database = Options.Database();
        var devicePort = Options.Port("--device-port", "the gateway's port for devices");
        var operatorPort = Options.Port("--operator-port", "the gateway's port for operators");
        var lifetime = Options.CertificateLifetime();
        var verb = new Command("serve", "Start gateway, ingest and commands, and print their addresses when they are ready") { data, database, devicePort, operatorPort, lifetime };
        verb.SetAction(async (parsed, ct) =>
        {
            var folder = DataFolder.Of(parsed.GetValue(data));
            try
            {
                return await folder.UseAsync(ServeAsync);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // Ctrl+C while it was starting.
                return ExitCodes.Pass;
            }

            async Task<int> ServeAsync()
            {
                folder.Create();
                Require(parsed.GetValue(devicePort), devicePort.Name);
                Require(parsed.GetValue(operatorPort), operatorPort.Name);
                using var telemetry = ProcessTelemetry.Start("EdgeSync.ControlPlane");
                await using var started = await StartedDatabase.StartAsync(DatabaseChoice.Of(parsed.GetValue(database), folder), folder, time, ct);
                using var pki = DevelopmentPki.OpenOrCreate(folder.Pki, time);
                var settings = ControlPlaneFactory.Settings(folder, pki, started.ConnectionString, parsed.GetValue(lifetime), devicePort: parsed.GetValue(devicePort), operatorPort: parsed.GetValue(operatorPort));
                await using var controlPlane = await InProcessControlPlane.StartAsync(settings, ct);
                Console.WriteLine($"data     {folder.Root}");
                Console.WriteLine($"device   {controlPlane.DeviceAddress.GetLeftPart(UriPartial.Authority)}");
                Console.WriteLine($"operator {controlPlane.OperatorAddress.GetLeftPart(UriPartial.Authority)}");
                await Waits.UntilAsync(time, ct);
                return ExitCodes.Pass;
            }
        });
        return verb;
    }

    private static void Require(int? port, string option)
    {
        if (port is { } number)
        {
            FreePorts.Require(number, option);
        }
    }
}
