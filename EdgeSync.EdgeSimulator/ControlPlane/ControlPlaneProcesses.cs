using System.Text.Json;

namespace EdgeSync.EdgeSimulator;

/// <summary>Gateway, Ingest and Commands as child processes of this executable: for fleets that need the file descriptors, and where a kill must be a kill.</summary>
internal sealed class ControlPlaneProcesses : IControlPlane
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ReadyPoll = TimeSpan.FromMilliseconds(100);

    private readonly ControlPlaneSettings _settings;
    private readonly TimeProvider _time;
    private readonly string _settingsPath;
    private readonly Dictionary<string, ChildProcess> _running = [];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private ProcessUsage _ended;

    private ControlPlaneProcesses(ControlPlaneSettings settings, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _settingsPath = Path.Combine(settings.Folder, "control-plane.json");
    }

    public Uri DeviceAddress => _settings.DeviceAddress;

    public Uri OperatorAddress => _settings.OperatorAddress;

    public ProcessUsage OtherProcesses => _running.Values.Aggregate(_ended, (sum, process) => sum + process.Usage);

    public static async Task<ControlPlaneProcesses> StartAsync(ControlPlaneSettings settings, TimeProvider time, CancellationToken ct)
    {
        var controlPlane = new ControlPlaneProcesses(settings, time);
        // It names the database, with its password.
        SecretFile.Write(controlPlane._settingsPath, JsonSerializer.Serialize(settings, SimulatorJson.Default.ControlPlaneSettings));
        try
        {
            foreach (var service in ControlPlaneSettings.Services)
            {
                await controlPlane.StartAsync(service, settings.ReadinessOf(service), ct);
            }

            return controlPlane;
        }
        catch
        {
            await controlPlane.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a killed service again and waits until it listens. Whether it is ready is up to what else is broken then.</summary>
    public Task StartAgainAsync(string service, CancellationToken ct) => StartAsync(service, _settings.LivenessOf(service), ct);

    private async Task StartAsync(string service, Uri probe, CancellationToken ct)
    {
        if (_running.TryGetValue(service, out var old))
        {
            if (!old.HasExited)
            {
                return;
            }

            _ended += old.Usage;
            old.Dispose();
        }

        var process = new ChildProcess(["service", service, "--settings", _settingsPath], Path.Combine(_settings.Folder, $"{service}.err"));
        _running[service] = process;
        var until = _time.GetUtcNow() + ReadyWithin;
        while (!await AnswersAsync(probe, ct))
        {
            if (process.HasExited || _time.GetUtcNow() > until)
            {
                throw new InvalidOperationException($"The {service} service did not start; {Path.Combine(_settings.Folder, service)}.err and .log say why.");
            }

            await Task.Delay(ReadyPoll, _time, ct);
        }
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync(string service) => _running[service].KillAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var service in ControlPlaneSettings.Services.Reverse().Where(_running.ContainsKey))
        {
            await _running[service].StopAsync(StopPatience, _time);
            _ended += _running[service].Usage;
            _running[service].Dispose();
        }

        _running.Clear();
        _http.Dispose();
    }

    private async Task<bool> AnswersAsync(Uri probe, CancellationToken ct)
    {
        try
        {
            using var response = await _http.GetAsync(probe, ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!ct.IsCancellationRequested)
        {
            // No answer in time: it waits for its database.
            return false;
        }
    }
}
