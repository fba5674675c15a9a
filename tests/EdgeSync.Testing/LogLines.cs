using Microsoft.Extensions.Logging;

namespace EdgeSync.Testing;

/// <summary>Keeps what was logged as an error, or from another level on.</summary>
public sealed class LogLines(LogLevel least) : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public LogLines()
        : this(LogLevel.Error)
    {
    }

    /// <summary>The messages so far.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (IsEnabled(logLevel))
        {
            lock (_lock)
            {
                _lines.Add(formatter(state, exception));
            }
        }
    }

    public void Dispose()
    {
    }
}
