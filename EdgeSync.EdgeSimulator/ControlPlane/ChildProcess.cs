using System.Diagnostics;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Another process of this executable. It ends when its standard input closes, so none outlives its parent, however that ends; its usage is remembered beyond its end.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    // Measured with thousands of connections (docs/performance.md). A collection of the youngest objects looks through everything that hangs on every connection, so few large ones halve the CPU of a request.
    private static readonly (string Name, string Value) YoungestBytes = ("DOTNET_GCgen0size", "0x4000000");

    private readonly Process _process;
    private readonly Action<string>? _onLine;
    private ProcessUsage _usage;

    public ChildProcess(IEnumerable<string> arguments, string errorLog, Action<string>? onLine = null)
    {
        _onLine = onLine;
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment.TryAdd(YoungestBytes.Name, YoungestBytes.Value);

        // Under `dotnet App.dll` the process is dotnet and the first argument names the program; an apphost needs none.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => { if (line.Data is { } text) { _onLine?.Invoke(text); } };
        _process.ErrorDataReceived += (_, line) => { if (line.Data is { } text) { Append(errorLog, text); } };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public bool HasExited => _process.HasExited;

    public Task WaitAsync(CancellationToken ct) => _process.WaitForExitAsync(ct);

    public void Send(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>SIGKILL: nothing in it gets to finish.</summary>
    public async Task KillAsync()
    {
        _ = Usage;
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end and waits; kills it when it does not.</summary>
    public async Task StopAsync(TimeSpan patience, TimeProvider time)
    {
        if (HasExited)
        {
            return;
        }

        _ = Usage;
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(patience, time);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>What it has used, as last seen while it ran.</summary>
    public ProcessUsage Usage
    {
        get
        {
            if (!_process.HasExited)
            {
                _process.Refresh();
                try
                {
                    _usage = new ProcessUsage(_process.TotalProcessorTime, Math.Max(_usage.PeakBytes, _process.PeakWorkingSet64));
                }
                catch (InvalidOperationException)
                {
                    // It ended between the question and the answer.
                }
            }

            return _usage;
        }
    }

    public void Dispose() => _process.Dispose();

    private static void Append(string path, string line)
    {
        lock (typeof(ChildProcess))
        {
            File.AppendAllText(path, line + "\n");
        }
    }
}
