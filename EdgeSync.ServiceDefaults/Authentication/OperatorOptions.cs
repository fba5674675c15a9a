using Microsoft.Extensions.Options;

namespace EdgeSync.ServiceDefaults;

/// <summary>Configuration section <c>Operators</c>: whose tokens operators show. Either an OpenID Connect provider, or a set of keys in a file.</summary>
public sealed record OperatorOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Operators";

    /// <summary>The OpenID Connect provider, e.g. <c>https://login.example/realms/fleet</c>: its keys and issuer are discovered.</summary>
    public string Authority { get; init; } = "";

    /// <summary>In place of a provider: the path of a JSON Web Key Set (RFC 7517) with public keys.</summary>
    public string KeySet { get; init; } = "";

    /// <summary>With <see cref="KeySet"/>: the tokens' issuer.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>The tokens' audience.</summary>
    public string Audience { get; init; } = "edgesync";

    /// <summary>The claim with the operator's roles: <c>fleet.read</c>, <c>fleet.write</c>.</summary>
    public string RoleClaim { get; init; } = "roles";
}

/// <summary>Says at start what is wrong with the options.</summary>
internal sealed class OperatorOptionsValidator : IValidateOptions<OperatorOptions>
{
    public ValidateOptionsResult Validate(string? name, OperatorOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Require(
            options.Authority.Length > 0 != options.KeySet.Length > 0,
            "Authority and KeySet: give one of them. Authority is the address of an OpenID Connect provider, KeySet the path of a file with its public keys.");
        Require(
            options.Authority.Length == 0 || (Uri.TryCreate(options.Authority, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback)),
            $"Authority is '{options.Authority}'. Write an https address, e.g. https://login.example/realms/fleet.");
        Require(options.KeySet.Length == 0 || File.Exists(options.KeySet), $"KeySet is '{options.KeySet}'. Give the path of a readable JSON Web Key Set.");
        Require(options.KeySet.Length == 0 || options.Issuer.Length > 0, "Issuer is empty. With KeySet, write the issuer that the tokens name.");
        Require(options.Audience.Length > 0, "Audience is empty. Write whom operators' tokens are for, e.g. edgesync.");
        Require(options.RoleClaim.Length > 0, "RoleClaim is empty. Write the claim that holds an operator's roles, e.g. roles.");
        return result.Build();

        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                result.AddError($"{OperatorOptions.Section}:{sentence}");
            }
        }
    }
}
