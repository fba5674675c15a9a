using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>How the fleet's status is judged and shown, section <c>Status</c>.</summary>
public sealed record StatusOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Status";

    /// <summary>A device whose oldest reading has waited for longer is late, 1 second to 7 days.</summary>
    public TimeSpan LateAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A clock that is off by more is wrong, 1 second to 1 day.</summary>
    public TimeSpan ClockOffsetMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How old the picture of the fleet may be that is shown, and how often it is renewed for whoever watches, 100 milliseconds to 1 minute.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Operators who may watch the fleet's events here at once, 1 to 10,000; one more is answered 503.</summary>
    public int WatchersMax { get; init; } = 200;
}

/// <summary>Says at start what is wrong with the options.</summary>
internal sealed class StatusOptionsValidator : IValidateOptions<StatusOptions>
{
    public ValidateOptionsResult Validate(string? name, StatusOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Require(options.LateAfter >= TimeSpan.FromSeconds(1) && options.LateAfter <= TimeSpan.FromDays(7), $"LateAfter is {options.LateAfter}. Write 00:00:01 to 7.00:00:00.");
        Require(options.ClockOffsetMax >= TimeSpan.FromSeconds(1) && options.ClockOffsetMax <= TimeSpan.FromDays(1), $"ClockOffsetMax is {options.ClockOffsetMax}. Write 00:00:01 to 1.00:00:00.");
        Require(
            options.RefreshInterval >= TimeSpan.FromMilliseconds(100) && options.RefreshInterval <= TimeSpan.FromMinutes(1),
            $"RefreshInterval is {options.RefreshInterval}. Write 00:00:00.1 to 00:01:00.");
        Require(options.WatchersMax is >= 1 and <= 10_000, $"WatchersMax is {options.WatchersMax}. Write 1 to 10000.");
        return result.Build();

        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                result.AddError($"{StatusOptions.Section}:{sentence}");
            }
        }
    }
}
