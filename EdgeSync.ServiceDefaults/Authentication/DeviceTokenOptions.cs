using Microsoft.Extensions.Options;

namespace EdgeSync.ServiceDefaults;

/// <summary>Configuration section <c>DeviceTokens</c>: what makes a device's token one of this control plane. The same for the gateway and the services.</summary>
public sealed record DeviceTokenOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "DeviceTokens";

    /// <summary>The tokens' issuer: the gateway.</summary>
    public string Issuer { get; init; } = "edgesync-gateway";

    /// <summary>The tokens' audience: the control plane.</summary>
    public string Audience { get; init; } = "edgesync";

    /// <summary>
    /// Of services: where the gateway's public keys are, as a JSON Web Key Set (RFC 7517): an http(s) address, or the path of a file. The gateway has its own keys and needs none.
    /// </summary>
    public string KeySet { get; init; } = "";

    /// <summary>How often the keys are fetched again, 1 s to 1 day; a token with an unknown key asks sooner.</summary>
    public TimeSpan KeySetRefresh { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Tokens whose verdict is remembered, 2 to 1,000,000: checking a signature costs about 80 us.</summary>
    public int VerdictsMax { get; init; } = 20_000;
}

/// <summary>Says at start what is wrong with the options.</summary>
internal sealed class DeviceTokenOptionsValidator : IValidateOptions<DeviceTokenOptions>
{
    public ValidateOptionsResult Validate(string? name, DeviceTokenOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Require(options.Issuer.Length > 0, "Issuer is empty. Write the name that the gateway puts into its tokens, e.g. edgesync-gateway.");
        Require(options.Audience.Length > 0, "Audience is empty. Write whom the gateway's tokens are for, e.g. edgesync.");
        Require(options.KeySetRefresh >= TimeSpan.FromSeconds(1) && options.KeySetRefresh <= TimeSpan.FromDays(1), $"KeySetRefresh is {options.KeySetRefresh}. Write a time from 1 s to 1 day.");
        Require(options.VerdictsMax is >= 2 and <= 1_000_000, $"VerdictsMax is {options.VerdictsMax}. Write a number from 2 to 1000000.");
        return result.Build();

        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                result.AddError($"{DeviceTokenOptions.Section}:{sentence}");
            }
        }
    }
}
