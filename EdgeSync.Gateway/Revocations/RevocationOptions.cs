using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Configuration section <c>Gateway:Revocations</c>: how the gateway knows who may not enter.</summary>
public sealed record RevocationOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Gateway:Revocations";

    /// <summary>The file that the last list is kept in, so that a gateway that starts without Commands knows it. Its folder is made where it is missing.</summary>
    public string Path { get; init; } = "";

    /// <summary>How often Commands is asked, 100 ms to 1 min.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How old the last answer may be before no device enters any more, 5 s to 30 days. Counted from the time at which Commands signed it.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Lists of revoked certificates of the operator's own CA (RFC 5280), PEM or DER: a file, or a folder of them. Empty for none.</summary>
    public string CrlPath { get; init; } = "";
}

/// <summary>Says at start what is wrong with the options and with the lists.</summary>
internal sealed class RevocationOptionsValidator(IOptions<GatewayOptions> gateway) : IValidateOptions<RevocationOptions>
{
    public ValidateOptionsResult Validate(string? name, RevocationOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Require(options.Path.Length > 0, "Path is not set. Give the path of a file, which the gateway writes, in a folder that stays.");
        Require(
            options.RefreshInterval >= TimeSpan.FromMilliseconds(100) && options.RefreshInterval <= TimeSpan.FromMinutes(1),
            $"RefreshInterval is {options.RefreshInterval}. Write a time from 100 ms to 1 min.");
        Require(
            options.StaleAfter >= TimeSpan.FromSeconds(5) && options.StaleAfter <= TimeSpan.FromDays(30),
            $"StaleAfter is {options.StaleAfter}. Write a time from 5 s to 30 days.");
        if (options.CrlPath.Length > 0 && UnusableFileException.Of(() => ReadCrls(options.CrlPath)) is { } fault)
        {
            result.AddError(fault);
        }

        return result.Build();

        void Require(bool holds, string sentence)
        {
            if (!holds)
            {
                result.AddError($"{RevocationOptions.Section}:{sentence}");
            }
        }
    }

    private void ReadCrls(string path)
    {
        var (roots, intermediates) = CertificateFiles.LoadFleet(gateway.Value.FleetCaPath);
        CrlSet.Read(path, CrlFolder.List(path), [.. roots, .. intermediates]);
    }
}
