using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace EdgeSync.Gateway;

/// <summary>The limits in force: those of the start, then each valid change of the configuration.</summary>
internal sealed partial class LimitSource : IDisposable
{
    private readonly IConfiguration _configuration;
    private readonly IValidateOptions<LimitOptions> _validator;
    private readonly ILogger<LimitSource> _log;
    private readonly IDisposable _changes;
    private volatile LimitOptions _current;

    /// <exception cref="OptionsValidationException">The limits of the start are wrong.</exception>
    public LimitSource(IConfiguration configuration, IOptions<LimitOptions> start, IValidateOptions<LimitOptions> validator, ILogger<LimitSource> log)
    {
        _configuration = configuration;
        _validator = validator;
        _log = log;
        _current = start.Value;
        _changes = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    public LimitOptions Current => _current;

    public void Dispose() => _changes.Dispose();

    // Runs in a file watcher's callback, where an exception would end the process.
    private void Reload()
    {
        LimitOptions next;
        ValidateOptionsResult result;
        try
        {
            next = _configuration.GetSection(LimitOptions.Section).Get<LimitOptions>() ?? new LimitOptions();
            result = _validator.Validate(null, next);
        }
        catch (InvalidOperationException e)
        {
            LogRefused(e.Message);
            return;
        }

        if (result.Failed)
        {
            LogRefused(result.FailureMessage);
        }
        else if (next != _current)
        {
            _current = next;
            LogChanged();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The limits have changed")]
    private partial void LogChanged();

    [LoggerMessage(Level = LogLevel.Error, Message = "The changed limits are not used, those before them stay: {Reason}")]
    private partial void LogRefused(string reason);
}
