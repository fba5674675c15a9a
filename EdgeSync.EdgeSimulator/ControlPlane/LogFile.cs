using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// A log file for each process or service, so that a live view is not written over. The environment's <c>Logging__LogLevel__Default</c>, which services read anyway, says from what level on;
/// below <see cref="LogLevel.Information"/> with all that the libraries say.
/// </summary>
internal static class LogFile
{
    /// <summary>The environment variable of the level.</summary>
    public const string LevelVariable = "Logging__LogLevel__Default";

    private const long BytesMax = 50_000_000;

    public static ILoggingBuilder AddLogFile(this ILoggingBuilder logging, string folder, string name)
    {
        var level = Enum.TryParse<LogLevel>(Environment.GetEnvironmentVariable(LevelVariable), ignoreCase: true, out var asked) ? asked : LogLevel.Information;
        var file = new LoggerConfiguration().MinimumLevel.Is(LevelConvert.ToSerilogLevel(level))
            .WriteTo.File(
                Path.Combine(folder, $"{name}.log"),
                outputTemplate: "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}",
                formatProvider: CultureInfo.InvariantCulture,
                fileSizeLimitBytes: BytesMax,
                rollOnFileSizeLimit: true,
                retainedFileCountLimit: 2,
                shared: true);
        if (level >= LogLevel.Information)
        {
            file.MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                .MinimumLevel.Override("System", LogEventLevel.Warning)
                .MinimumLevel.Override("Yarp", LogEventLevel.Error)
                .MinimumLevel.Override("Polly", LogEventLevel.Error)
                // A line for each statement.
                .MinimumLevel.Override("Npgsql", LogEventLevel.Warning);
        }

        return logging.SetMinimumLevel(level).AddSerilog(file.CreateLogger(), dispose: true);
    }
}
