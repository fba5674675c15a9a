using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>A worker process: a part of the fleet that obeys its standard input and ends with it.</summary>
internal static class Worker
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(IFleet fleet, TextReader input, TextWriter output, TimeProvider time)
    {
        var synchronized = TextWriter.Synchronized(output);
        using var end = new CancellationTokenSource();
        var reporting = ReportAsync(fleet, synchronized, time, end.Token);
        var working = new List<Task>();
        while (await input.ReadLineAsync() is { } line)
        {
            working.RemoveAll(task => task.IsCompleted);
            working.Add(ObeyAsync(fleet, line, synchronized, end.Token));
        }

        await end.CancelAsync();
        await Task.WhenAll([.. working, reporting]);
    }

    private static async Task ObeyAsync(IFleet fleet, string line, TextWriter output, CancellationToken end)
    {
        WorkerReport report;
        try
        {
            report = new WorkerReport(fleet.Stats, line, await DoAsync(fleet, line.Split(' '), end));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            report = new WorkerReport(null, line, Ok: false, e is UsageException ? e.Message : e.ToString());
        }

        await output.WriteLineAsync(report.ToLine());
        await output.FlushAsync(CancellationToken.None);
    }

    private static async Task<bool> DoAsync(IFleet fleet, string[] words, CancellationToken end)
    {
        switch (words[0])
        {
            case WorkerWords.Connect:
                await fleet.ConnectAsync(end);
                return true;
            case WorkerWords.Begin:
                await fleet.BeginAsync();
                return true;
            case WorkerWords.Halt:
                await fleet.HaltAsync();
                return true;
            case WorkerWords.Heal:
                await fleet.HealAsync();
                return true;
            case WorkerWords.Drain:
                return await fleet.DrainAsync(end);
            case WorkerWords.Copy:
                await fleet.CopyAsync(int.Parse(words[1], CultureInfo.InvariantCulture));
                return true;
            case WorkerWords.RollBack:
                return await fleet.RollBackAsync(int.Parse(words[1], CultureInfo.InvariantCulture));
            default:
                throw new ArgumentException($"A worker does not know '{words[0]}'.", nameof(words));
        }
    }

    private static async Task ReportAsync(IFleet fleet, TextWriter output, TimeProvider time, CancellationToken end)
    {
        using var timer = new PeriodicTimer(ReportEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                await output.WriteLineAsync(new WorkerReport(fleet.Stats).ToLine());
                await output.FlushAsync(end);
            }
        }
        catch (OperationCanceledException)
        {
            // The parent closed our input.
        }
    }
}
