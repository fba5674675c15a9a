using System.Globalization;
using System.Text.Json;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>Damage at rest, on either side of a real wire, and what mending it costs there.</summary>
public sealed class ResyncTests(Site site, ITestOutputHelper output) : IClassFixture<Site>
{
    private const int Damaged = 10;
    private const int ReadingsAtOnce = 10_000;
    private const long BytesMax = 50_000;

    // A million by EDGESYNC_REPAIR_READINGS=1000000; docs/performance.md has what that measured.
    private static readonly int Readings = int.Parse(Environment.GetEnvironmentVariable("EDGESYNC_REPAIR_READINGS") is { Length: > 0 } text ? text : "10000", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Ten_damaged_readings_are_found_and_mended_over_the_wire_on_both_sides_and_the_receipt_holds()
    {
        var device = await site.AddDeviceAsync(options => options with { BatchReadingsMax = Limits.BatchReadingsMax, LivePendingMax = 0 });
        device.Start();
        for (var left = Readings; left > 0; left -= ReadingsAtOnce)
        {
            device.Produce(Math.Min(left, ReadingsAtOnce));
            await device.DrainAsync();
        }

        var whole = site.ReadStored(device);
        Damage(site.Folder.Database, Enumerable.Range(1, Damaged).Select(i => (long)Readings * i / (Damaged + 1)).Select((number, i) => (i % 4) switch
        {
            0 => $"DELETE FROM telemetry_data WHERE device_id = '{device.Id}' AND seq = {number}",
            1 => $"UPDATE telemetry_data SET recorded_at = recorded_at + 86400000000 WHERE device_id = '{device.Id}' AND seq = {number}",
            2 => $"UPDATE telemetry_data SET value = 4711 WHERE device_id = '{device.Id}' AND seq = {number}",
            _ => $"UPDATE telemetry_data SET sensor = 'pressurf' WHERE device_id = '{device.Id}' AND seq = {number}",
        }));

        var before = device.WireBytes;
        var result = await ResyncAsync(device);
        var bytes = device.WireBytes - before;

        output.WriteLine($"{Readings} readings, {Damaged} damaged: {bytes} bytes on the wire below TLS, {result.GetProperty("bytes")} of them in bodies; {result}");
        Assert.Equal((Damaged, 0, 1), (result.GetProperty("repaired").GetInt32(), result.GetProperty("unrepairable").GetInt32(), result.GetProperty("receipts").GetInt32()));
        Assert.InRange(bytes, 1, BytesMax);
        Assert.Equal(whole, site.ReadStored(device));

        // And on the device.
        await device.StopAsync();
        Damage(device.Options.DatabasePath, [$"UPDATE telemetry_data SET value = 4711 WHERE seq IN (5, {Readings / 2})", $"DELETE FROM telemetry_data WHERE seq = {Readings / 3}"]);
        await device.RestartAsync();
        result = await ResyncAsync(device);
        Assert.Equal((0, 0), (result.GetProperty("repaired").GetInt32(), result.GetProperty("unrepairable").GetInt32()));
        Assert.InRange(result.GetProperty("fetched").GetInt32(), 3, 6);
        Assert.Equal(Readings, (await ResyncAsync(device)).GetProperty("verified").GetInt32());

        var audit = site.AssertBalanced();
        Assert.Equal((1, 0), (audit.Receipts, audit.ReceiptsWrong));
        Assert.Equal(Readings, device.Device.ReadReceipts()[0].To);
        await RequireAuditVerbAsync(device);
    }

    // Offline against the files, online against the control plane that runs; and it can fail.
    private async Task RequireAuditVerbAsync(FieldDevice device)
    {
        var token = site.Pki.OperatorToken(["fleet.read"], TimeSpan.FromHours(1));
        string[] offline = ["audit", "--device", device.Options.DatabasePath, "--data", site.Folder.Root];
        string[] online = ["audit", "--device", device.Options.DatabasePath, "--root", site.Pki.Files.Authority, "--control-plane", site.OperatorHttp.BaseAddress!.ToString(), "--token", token];
        foreach (var line in (string[][])[offline, online])
        {
            await using var error = new StringWriter();
            Assert.Equal((ExitCodes.Pass, ""), (await CommandLine.InvokeAsync(line, TimeProvider.System, error), error.ToString()));
        }

        Damage(site.Folder.Database, [$"UPDATE telemetry_data SET value = 4711 WHERE device_id = '{device.Id}' AND seq = {Readings - 1}"]);
        foreach (var line in (string[][])[offline, online])
        {
            await using var error = new StringWriter();
            Assert.Equal(ExitCodes.AuditFailed, await CommandLine.InvokeAsync(line, TimeProvider.System, error));
        }

        await ResyncAsync(device);
    }

    private async Task<JsonElement> ResyncAsync(FieldDevice device)
    {
        var command = await site.Operators.CreateAsync(device, new CreateCommand("resync"));
        var end = await site.Operators.EndOfAsync(device, command.Id);
        Assert.True(end.State == CommandState.Succeeded, end.Reason);
        using var document = JsonDocument.Parse(end.Result!.Value.Text);
        return document.RootElement.Clone();
    }

    private static void Damage(string path, IEnumerable<string> statements)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False;Default Timeout=30");
        connection.Open();
        foreach (var statement in statements)
        {
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            Assert.NotEqual(0, command.ExecuteNonQuery());
        }
    }
}
