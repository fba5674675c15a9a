using System.Collections.Concurrent;
using System.Text.Json;

namespace EdgeSync.EdgeSimulator;

/// <summary>A worker as its parent sees it. A killed one is started again and picks up where it was: connected, and producing if the fleet is.</summary>
internal sealed class WorkerProcess(string name, FleetSettings settings, string folder, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<WorkerReport>> _waiting = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ChildProcess? _process;
    private FleetStats _past = FleetStats.None;
    private FleetStats _current = FleetStats.None;
    private ProcessUsage _pastUsage;

    public FleetSettings Settings => settings;

    public FleetStats Stats => _past + _current with { Devices = settings.Count };

    public ProcessUsage Usage => _process is { } process ? _pastUsage + process.Usage : _pastUsage;

    public void Start()
    {
        var path = Path.Combine(folder, $"{name}.json");
        // It holds what devices enrol with.
        SecretFile.Write(path, JsonSerializer.Serialize(settings, SimulatorJson.Default.FleetSettings));
        _process = new ChildProcess(["worker", name, "--settings", path], Path.Combine(folder, $"{name}.err"), Hear);
    }

    /// <summary>Sends a line and waits until the worker has done it. One at a time; a worker that dies meanwhile has not done it.</summary>
    public async Task<bool> DoAsync(string line, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            var done = new TaskCompletionSource<WorkerReport>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[line] = done;
            _process!.Send(line);
            var died = _process.WaitAsync(ct);
            if (await Task.WhenAny(done.Task, died) == died)
            {
                await died;
                return false;
            }

            var report = await done.Task;
            return report.Error is null ? report.Ok : throw new UsageException(report.Error);
        }
        catch (IOException)
        {
            // Its input is gone, and so is it.
            return false;
        }
        finally
        {
            _waiting.TryRemove(line, out _);
            _turn.Release();
        }
    }

    /// <summary>SIGKILL, between one line and the next.</summary>
    public async Task KillAsync()
    {
        await _turn.WaitAsync();
        try
        {
            await _process!.KillAsync();
            Bury();
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            await process.StopAsync(StopPatience, time);
            Bury();
        }

        _turn.Dispose();
    }

    private void Bury()
    {
        _past += _current.Past();
        _current = FleetStats.None;
        _pastUsage += _process!.Usage;
        _process.Dispose();
        _process = null;
    }

    private void Hear(string line)
    {
        if (WorkerReport.TryParse(line) is not { } report)
        {
            return;
        }

        _current = report.Stats ?? _current;
        if (report.Done is { } done && _waiting.TryGetValue(done, out var waiter))
        {
            waiter.TrySetResult(report);
        }
    }
}
