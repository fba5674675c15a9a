using System.Diagnostics;
using System.Globalization;

namespace EdgeSync.Benchmarks;

/// <summary>The subscriber's process, and how far it has come.</summary>
internal sealed class PeerSubscriber : IAsyncDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private long _stored;
    private (long Count, TaskCompletionSource Reached)? _awaited;

    private PeerSubscriber(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
    }

    public double ProcessorMicroseconds => ProcessorTime.Of(_process.Id);

    /// <summary>Readings that it has written, those that came twice counted twice.</summary>
    public long Stored
    {
        get
        {
            lock (_lock)
            {
                return _stored;
            }
        }
    }

    public static async Task<PeerSubscriber> StartAsync(Mosquitto broker, string connectionString, CancellationToken ct)
    {
        var subscriber = new PeerSubscriber(Process.Start(new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "EdgeSync.Benchmarks.dll"), SubscriberVerb.Name, broker.Port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { [SubscriberVerb.Database] = connectionString },
        })!);
        await subscriber._subscribed.Task.WaitAsync(TimeSpan.FromMinutes(1), ct);
        return subscriber;
    }

    /// <summary>Done when it has written so many.</summary>
    public Task StoredAsync(long count)
    {
        lock (_lock)
        {
            if (_stored >= count)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited = (count, reached);
            return reached.Task;
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (!long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var stored))
        {
            return;
        }

        _subscribed.TrySetResult();
        lock (_lock)
        {
            _stored = Math.Max(_stored, stored);
            if (_awaited is var (count, reached) && _stored >= count)
            {
                reached.TrySetResult();
            }
        }
    }
}
