using System.Globalization;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;

namespace EdgeSync.EdgeSimulator;

/// <summary>A log file for each process or service, so that a live view is not written over.</summary>
internal static class LogFile
{
    private const long BytesMax = 50_000_000;

    public static ILoggingBuilder AddLogFile(this ILoggingBuilder logging, string folder, string name) =>
        logging.AddSerilog(
            new LoggerConfiguration().MinimumLevel.Information()
                .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
                .MinimumLevel.Override("System", LogEventLevel.Warning)
                .MinimumLevel.Override("Yarp", LogEventLevel.Error)
                .MinimumLevel.Override("Polly", LogEventLevel.Error)
                // A line for each statement.
                .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
                .WriteTo.File(
                    Path.Combine(folder, $"{name}.log"),
                    outputTemplate: "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffZ} {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}",
                    formatProvider: CultureInfo.InvariantCulture,
                    fileSizeLimitBytes: BytesMax,
                    rollOnFileSizeLimit: true,
                    retainedFileCountLimit: 2,
                    shared: true)
                .CreateLogger(),
            dispose: true);
}
