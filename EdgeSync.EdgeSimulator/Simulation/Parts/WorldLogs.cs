using Microsoft.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// Logs of a run: an error is a finding, unless it tells of a disk or a database that the world has broken. What a dead process says is dropped.
/// </summary>
/// <param name="process">Whose logs they are.</param>
/// <param name="finding">Takes an error that must not be.</param>
internal sealed class WorldLogs(VirtualProcess process, Action<string> finding) : ILoggerFactory, ILogger
{
    // The file or the database cannot be used: the one that writes so goes on by itself.
    private static readonly string[] Expected = ["LogStorage", "GivenUp"];

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel) && !process.IsDead && !Expected.Contains(eventId.Name))
        {
            finding($"{process.Name} logged an error: {formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}
