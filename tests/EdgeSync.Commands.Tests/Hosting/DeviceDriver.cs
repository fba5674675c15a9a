using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>What a device and its operator do, in verbs.</summary>
internal sealed class DeviceDriver(DeviceId id, HttpClient client, HttpClient operatorClient)
{
    public static readonly Epoch Epoch = new(81);

    public DeviceId Id => id;

    public HttpClient Client => client;

    public Boot Boot { get; set; } = new(1, 11);

    public Epoch LiveEpoch { get; set; } = Epoch;

    public string CommandsPath => $"{Routes.Devices}/{id}/commands";

    public string ConfigPath => $"{Routes.Devices}/{id}/config";

    public Task<CommandView> CreateAsync(string kind = "ping", string payload = "{}", int? expiresInSeconds = null, int? priority = null) =>
        operatorClient.SendAsync<CommandView>(HttpMethod.Post, CommandsPath, new CreateCommand(kind, new JsonValue(payload), expiresInSeconds, null, priority));

    public Task<CommandView> ViewAsync(CommandId command) => operatorClient.SendAsync<CommandView>(HttpMethod.Get, $"{CommandsPath}/{command}");

    public Task<CommandDelivery> PullAsync(int wait = 0) =>
        client.SendAsync<CommandDelivery>(HttpMethod.Get, $"{Routes.Commands}?wait={wait}&epoch={LiveEpoch}&boot={Boot.Number}&nonce={Boot.Nonce}");

    public async Task<Receipt> ReceiveAsync(CommandId command) =>
        (await client.SendAsync<ReceiptAnswer>(HttpMethod.Post, Routes.CommandReceipts, new ReceiptRequest(Boot, LiveEpoch, [command]))).Receipts.Single();

    public async Task<ResultReceipt> CompleteAsync(CommandId command, CommandOutcome outcome = CommandOutcome.Succeeded, string? result = null, string? error = null) =>
        (await client.SendAsync<ResultAnswer>(HttpMethod.Post, Routes.CommandResults, new ResultRequest(
            Boot, LiveEpoch, [new CommandResult(command, outcome, 0, result is null ? null : new JsonValue(result), error)]))).Results.Single();

    public Task<ConfigAnswer> ExchangeAsync(long knownVersion, IReadOnlyList<ConfigEntry>? changes = null, IReadOnlyList<ConfigReport>? reports = null) =>
        client.SendAsync<ConfigAnswer>(HttpMethod.Post, Routes.Config, new ConfigExchange(Boot, knownVersion, changes ?? [], reports ?? []));

    public Task<ConfigView> PutAsync(string key, string value, long? expectedVersion = null) =>
        operatorClient.SendAsync<ConfigView>(HttpMethod.Put, $"{ConfigPath}/{key}", new ConfigWrite(new JsonValue(value), expectedVersion));

    public Task<ConfigDocument> PatchAsync(ConfigPatch patch) => operatorClient.SendAsync<ConfigDocument>(HttpMethod.Patch, ConfigPath, patch);

    /// <summary>Takes all that there is and says of each value what became of it.</summary>
    public async Task<ConfigAnswer> TakeAsync(long knownVersion, Func<ConfigEntry, ConfigReport> report)
    {
        var answer = await ExchangeAsync(knownVersion);
        return await ExchangeAsync(answer.Version, null, [.. answer.Entries.Select(report)]);
    }

    public Task<HttpResponseMessage> DeleteAsync(string key) => operatorClient.SendAsync(HttpMethod.Delete, $"{ConfigPath}/{key}");

    public Task<ConfigDocument> DocumentAsync() => operatorClient.SendAsync<ConfigDocument>(HttpMethod.Get, ConfigPath);

    public Task<Page<ConflictView>> ConflictsAsync(string query = "") =>
        operatorClient.SendAsync<Page<ConflictView>>(HttpMethod.Get, $"{Routes.Devices}/{id}/conflicts{query}");
}
