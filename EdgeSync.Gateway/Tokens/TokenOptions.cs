using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Configuration section <c>Gateway:Tokens</c>.</summary>
public sealed record TokenOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Gateway:Tokens";

    /// <summary>A folder of <c>*.pem</c>: private keys, PKCS#8, EC P-256. A key's id is its file's name without the extension; the last by name comes into use last, e.g. <c>2026-06-01.pem</c>.</summary>
    public string SigningKeysPath { get; init; } = "";

    /// <summary>How long a device's token is valid, 1 s to 1 h.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a key is published before it signs, 0 to 2 days: at least the services' <c>DeviceTokens:KeySetRefresh</c>, so that they know it by then.</summary>
    public TimeSpan KeyActivation { get; init; } = TimeSpan.FromMinutes(6);
}

/// <summary>Says at start what is wrong with the options and with the keys.</summary>
internal sealed class TokenOptionsValidator : IValidateOptions<TokenOptions>
{
    public ValidateOptionsResult Validate(string? name, TokenOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        if (options.Lifetime < TimeSpan.FromSeconds(1) || options.Lifetime > TimeSpan.FromHours(1))
        {
            result.AddError($"{TokenOptions.Section}:Lifetime is {options.Lifetime}. Write a time from 1 s to 1 h.");
        }

        if (options.KeyActivation < TimeSpan.Zero || options.KeyActivation > TimeSpan.FromDays(2))
        {
            result.AddError($"{TokenOptions.Section}:KeyActivation is {options.KeyActivation}. Write a time from 0 to 2 days.");
        }

        if (UnusableFileException.Of(() => SigningKeyFolder.Read(options.SigningKeysPath)) is { } fault)
        {
            result.AddError(fault);
        }

        return result.Build();
    }
}
