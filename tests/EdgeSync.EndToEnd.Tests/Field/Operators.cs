using System.Globalization;
using System.Net.Http.Json;
using EdgeSync.EdgeSimulator;
using EdgeSync.Protocol;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>What operators do, and what they see.</summary>
internal sealed class Operators(HttpClient http, Journal journal)
{
    private readonly OperatorClient _client = new(http);
    private int _issued;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public Task RegisterAsync(DeviceId device) => _client.RegisterAsync([new DeviceRegistration(device, $"device {device}")], Ct);

    public async Task<string> CreateEnrolmentTokenAsync(int devices) => (await _client.CreateEnrolmentTokenAsync(new CreateEnrolmentToken(devices, 86_400), Ct)).Secret;

    /// <summary>Says what a device may do from now on.</summary>
    public async Task SetStateAsync(FieldDevice device, DeviceState state, string reason)
    {
        using var response = await http.PutAsJsonAsync(Path(Routes.DeviceState, device), new DeviceStateChange(state, reason), ProtocolJson.Default.DeviceStateChange, Ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Issues a command as an operator's desk does: written down before, and once it was taken.</summary>
    public async Task<CommandId> IssueAsync(FieldDevice device, string kind = OperatorDesk.ActuateKind, string payload = """{"position": 7}""")
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"order-{Interlocked.Increment(ref _issued)}");
        journal.Issuing(device.Number, key);
        var command = await _client.CreateAsync(device.Id, new CreateCommand(kind, new JsonValue(payload), 3_600, key), Ct);
        journal.Issued(device.Number, key, command.Id);
        return command.Id;
    }

    public Task<CommandView> CreateAsync(FieldDevice device, CreateCommand command) => _client.CreateAsync(device.Id, command, Ct);

    public Task LabelAsync(FieldDevice device, string name, string value) =>
        _client.RegisterAsync([new DeviceRegistration(device.Id, $"device {device.Id}", new Dictionary<string, string> { [name] = value })], Ct);

    /// <summary>Issues a command for every device of a selector.</summary>
    public async Task<BatchId> IssueAsync(string selector, CreateCommand command)
    {
        using var response = await http.PostAsJsonAsync(Routes.CommandBatches, new CreateCommandBatch(selector, command), ProtocolJson.Default.CreateCommandBatch, Ct);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.CommandBatchView, Ct))!.Id;
    }

    public async Task<CommandView> ReadAsync(FieldDevice device, CommandId command) =>
        (await http.GetFromJsonAsync(Path(Routes.DeviceCommand, device, command), ProtocolJson.Default.CommandView, Ct))!;

    public async Task CancelAsync(FieldDevice device, CommandId command, string reason)
    {
        using var response = await http.PostAsJsonAsync(Path(Routes.DeviceCommandCancel, device, command), new CancelCommand(reason), ProtocolJson.Default.CancelCommand, Ct);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until a command is over.</summary>
    public Task<CommandView> EndOfAsync(FieldDevice device, CommandId command) => Eventually.BecomesAsync(
        () => ReadAsync(device, command), view => view.State is not (CommandState.Pending or CommandState.Leased or CommandState.Delivered), "the command is over");

    public Task SetConfigAsync(FieldDevice device, string key, string json) => _client.SetConfigAsync(device.Id, key, new ConfigWrite(new JsonValue(json)), Ct);

    public async Task<string?> GetConfigAsync(FieldDevice device, string key) =>
        (await http.GetFromJsonAsync(Path(Routes.DeviceConfig, device), ProtocolJson.Default.ConfigDocument, Ct))!
            .Entries.SingleOrDefault(view => view.Entry.Key == key)?.Entry.Value?.ToString();

    public async Task<IReadOnlyList<ConflictView>> ConflictsAsync(FieldDevice device) =>
        (await http.GetFromJsonAsync(Path(Routes.DeviceConflicts, device), ProtocolJson.Default.PageConflictView, Ct))!.Items;

    private static string Path(string route, FieldDevice device, CommandId command = default) => route
        .Replace("{device}", device.Id.ToString(), StringComparison.Ordinal)
        .Replace("{command}", command.ToString(), StringComparison.Ordinal);
}
