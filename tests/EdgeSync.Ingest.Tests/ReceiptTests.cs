using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace EdgeSync.Ingest.Tests;

public sealed class ReceiptTests : IDisposable
{
    private static readonly FakeTimeProvider Time = new(Microseconds.ToTime(TestDevice.Start));

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-receipts-");
    private readonly TestPki _fleet = new(time: Time);

    public void Dispose()
    {
        _fleet.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_receipt_is_the_fleets_word_that_anyone_with_its_root_can_check()
    {
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(2_000);
        await host.AppendAsync(device, device.Batch(1, 1_500));

        var receipt = Read(await AskAsync(host, device), _fleet)!;

        Assert.Equal(new DurabilityReceipt(device.Id, device.Epoch, 1, 1_500, device.DigestAt(1_500), 0, 0, host.Time.GetMicroseconds()), receipt);
        Assert.Equal((1_100, device.DigestAt(1_100)), Read(await AskAsync(host, device, 1_100), _fleet) is { } earlier ? (earlier.To, earlier.Digest) : default);
        using var stranger = new TestPki(time: Time);
        Assert.Null(Read(await AskAsync(host, device), stranger));
    }

    [Fact]
    public Task Operators_see_up_to_which_number_the_newest_was_signed_and_when() => RequireNoteAsync(StorageKind.Sqlite);

    [Fact]
    public Task Operators_see_it_on_a_server_too() => RequireNoteAsync(StorageKind.Server);

    private async Task RequireNoteAsync(StorageKind kind)
    {
        await using var host = await StartAsync(kind);
        var device = new TestDevice().Produce(2_000);
        await host.AppendAsync(device, device.Batch(1, 1_200));
        Assert.Null((await StreamAsync(host, device)).ReceiptTo);

        await AskAsync(host, device);
        var signed = host.Time.GetMicroseconds();
        host.Time.Advance(TimeSpan.FromMinutes(1));
        await AskAsync(host, device, 1_100);

        // A receipt for fewer, asked for later, is not the newest.
        Assert.Equal((1_200, signed), await StreamAsync(host, device) is { } stream ? (stream.ReceiptTo, stream.ReceiptAt) : default);
        await AskAsync(host, device);
        Assert.Equal(signed + 60_000_000, (await StreamAsync(host, device)).ReceiptAt);
    }

    [Fact]
    public async Task A_receipt_that_was_changed_is_no_receipt()
    {
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(20);
        await host.AppendAsync(device, device.Batch(1, 20));
        var parts = (await AskAsync(host, device)).Split('.');
        var forged = JsonSerializer.SerializeToUtf8Bytes(Read(string.Join('.', parts), _fleet)! with { To = 21 }, ProtocolJson.Default.DurabilityReceipt);

        Assert.Null(Read($"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(forged)}.{parts[2]}", _fleet));
    }

    [Fact]
    public async Task A_signer_of_receipts_speaks_for_nothing_else_and_another_signer_for_no_receipt()
    {
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(2);
        await host.AppendAsync(device, device.Batch(1, 2));

        X509Certificate2Collection roots = [_fleet.Root];
        Assert.Null(FleetStatement.Read(await AskAsync(host, device), DurabilityReceipt.StatementType, roots));
        Assert.Null(Read(_fleet.Say(DurabilityReceipt.StatementType, "{}"u8), _fleet));
    }

    [Fact]
    public async Task Without_a_key_and_for_numbers_that_are_not_known_there_is_none()
    {
        await using var silent = await IngestHost.StartAsync(StorageKind.Sqlite);
        await using var host = await StartAsync();
        var device = new TestDevice().Produce(2_000);
        await silent.AppendAsync(device, device.Batch(1, 2));
        using var unsigned = await silent.PostAsync(device, Routes.TelemetryReceipts, new DurabilityQuery(device.Epoch));
        Assert.Contains("signs no receipts", (await unsigned.ProblemAsync(ProblemTypes.NotFound)).Detail, StringComparison.Ordinal);

        await host.AppendAsync(device, device.Batch(1, 100, (10, 20)));
        foreach (var to in (long[])[101, 15, long.MaxValue])
        {
            using var unknown = await host.PostAsync(device, Routes.TelemetryReceipts, new DurabilityQuery(device.Epoch, to));
            await unknown.ProblemAsync(ProblemTypes.NotFound);
        }

        using var negative = await host.PostAsync(device, Routes.TelemetryReceipts, new DurabilityQuery(device.Epoch, -1));
        await negative.ProblemAsync(ProblemTypes.Validation);
    }

    [Fact]
    public async Task A_certificate_that_is_not_for_receipts_stops_the_start()
    {
        var (certificate, key) = Write(FleetStatement.SignerUsage);
        await using var storage = await TestStorage.CreateAsync(StorageKind.Sqlite);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => IngestHost.StartAsync(storage, (CertificateSetting, certificate), (KeySetting, key)));
        Assert.Contains(DurabilityReceipt.SignerUsage, error.Message, StringComparison.Ordinal);
        error = await Assert.ThrowsAsync<OptionsValidationException>(() => IngestHost.StartAsync(storage, (CertificateSetting, certificate)));
        Assert.Contains($"Set {KeySetting} too", error.Message, StringComparison.Ordinal);
    }

    private const string CertificateSetting = "Ingest:Receipts:CertificatePath";
    private const string KeySetting = "Ingest:Receipts:KeyPath";

    private Task<IngestHost> StartAsync(StorageKind kind = StorageKind.Sqlite)
    {
        var (certificate, key) = Write(DurabilityReceipt.SignerUsage);
        return IngestHost.StartAsync(kind, (CertificateSetting, certificate), (KeySetting, key));
    }

    private (string Certificate, string Key) Write(string usage)
    {
        var issued = _fleet.Issue(new TestCertificate { Usage = usage });
        using var key = issued.GetECDsaPrivateKey()!;
        var (certificatePath, keyPath) = (Path.Combine(_directory.FullName, "receipts.pem"), Path.Combine(_directory.FullName, "receipts.key"));
        File.WriteAllText(certificatePath, issued.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (certificatePath, keyPath);
    }

    private static async Task<string> AskAsync(IngestHost host, TestDevice device, long? to = null)
    {
        using var response = await host.PostAsync(device, Routes.TelemetryReceipts, new DurabilityQuery(device.Epoch, to));
        return (await response.ReadAsync(ProtocolJson.Default.DurabilityAnswer)).Statement;
    }

    private static async Task<StreamStatus> StreamAsync(IngestHost host, TestDevice device)
    {
        using var response = await host.GetAsync($"/v1/devices/{device.Id}/sync");
        return Assert.Single((await response.ReadAsync(ProtocolJson.Default.DeviceSyncStatus)).Streams);
    }

    private static DurabilityReceipt? Read(string statement, TestPki fleet) => DurabilityReceipt.Read(statement, [fleet.Root]);
}
