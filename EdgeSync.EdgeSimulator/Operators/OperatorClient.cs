using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>The operator's side of the control plane, over the gateway's operator port.</summary>
internal sealed class OperatorClient(HttpClient http)
{
    private const int RegistrationsMax = 1_000;

    public async Task RegisterAsync(IEnumerable<DeviceRegistration> devices, CancellationToken ct)
    {
        foreach (var chunk in devices.Chunk(RegistrationsMax))
        {
            using var response = await http.PostAsJsonAsync(Routes.Devices, new DeviceRegistrations(chunk), ProtocolJson.Default.DeviceRegistrations, ct);
            await EnsureAsync(response, ct);
        }
    }

    public async Task<EnrolmentTokenCreated> CreateEnrolmentTokenAsync(CreateEnrolmentToken token, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(Routes.EnrolmentTokens, token, ProtocolJson.Default.CreateEnrolmentToken, ct);
        return await ReadAsync(response, ProtocolJson.Default.EnrolmentTokenCreated, ct);
    }

    public async Task<CommandView> CreateAsync(DeviceId device, CreateCommand command, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(Path(Routes.DeviceCommands, device), command, ProtocolJson.Default.CreateCommand, ct);
        return await ReadAsync(response, ProtocolJson.Default.CommandView, ct);
    }

    /// <summary>Withdraws a command.</summary>
    /// <returns>False for one that is over.</returns>
    public async Task<bool> CancelAsync(DeviceId device, CommandId command, string reason, CancellationToken ct)
    {
        var path = Path(Routes.DeviceCommandCancel, device).Replace("{command}", command.ToString(), StringComparison.Ordinal);
        using var response = await http.PostAsJsonAsync(path, new CancelCommand(reason), ProtocolJson.Default.CancelCommand, ct);
        if (response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }

        await EnsureAsync(response, ct);
        return true;
    }

    public async Task<ConfigView> SetConfigAsync(DeviceId device, string key, ConfigWrite write, CancellationToken ct)
    {
        using var response = await http.PutAsJsonAsync(Path(device, key), write, ProtocolJson.Default.ConfigWrite, ct);
        return await ReadAsync(response, ProtocolJson.Default.ConfigView, ct);
    }

    /// <summary>Deletes a key.</summary>
    /// <returns>False for one that never existed.</returns>
    public async Task<bool> DeleteConfigAsync(DeviceId device, string key, CancellationToken ct)
    {
        using var response = await http.DeleteAsync(Path(device, key), ct);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        await EnsureAsync(response, ct);
        return true;
    }

    /// <summary>How a device's sync stands; null for one of which nothing has come.</summary>
    public async Task<DeviceSyncStatus?> ReadSyncAsync(DeviceId device, CancellationToken ct)
    {
        using var response = await http.GetAsync(Path(Routes.DeviceSync, device), ct);
        return response.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(response, ProtocolJson.Default.DeviceSyncStatus, ct);
    }

    /// <summary>D at a number, as its rows have it; null where they do not lead there.</summary>
    public async Task<Digest?> ReadDigestAsync(DeviceId device, Epoch epoch, long number, CancellationToken ct)
    {
        using var response = await http.GetAsync(FormattableString.Invariant($"{Path(Routes.DeviceDigests, device)}?epoch={epoch}&at={number}"), ct);
        return (await ReadAsync(response, ProtocolJson.Default.DigestAnswer, ct)).Digests is [var one] ? one.Digest : null;
    }

    private static string Path(DeviceId device, string key) => Path(Routes.DeviceConfigKey, device).Replace("{key}", key, StringComparison.Ordinal);

    private static string Path(string route, DeviceId device) => route.Replace("{device}", device.ToString(), StringComparison.Ordinal);

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken ct)
    {
        await EnsureAsync(response, ct);
        return await response.Content.ReadFromJsonAsync(type, ct) ?? throw new HttpRequestException("The control plane answered nothing.");
    }

    private static async Task EnsureAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException(HttpRequestError.Unknown, $"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(ct)}", null, response.StatusCode);
        }
    }
}
