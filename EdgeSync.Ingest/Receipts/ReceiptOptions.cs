using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest;

/// <summary>Section <c>Ingest:Receipts</c>: what durability receipts are signed with. Without it none are.</summary>
public sealed record ReceiptOptions
{
    public const string Section = "Ingest:Receipts";

    /// <summary>The signer's certificate, PEM, for the usage of <see cref="Protocol.DurabilityReceipt.SignerUsage"/>, then those between it and the fleet's root.</summary>
    public string CertificatePath { get; init; } = "";

    /// <summary>Its key, PEM, P-256.</summary>
    public string KeyPath { get; init; } = "";
}

/// <summary>Says at start what is wrong with the files.</summary>
internal sealed class ReceiptOptionsValidator : IValidateOptions<ReceiptOptions>
{
    public ValidateOptionsResult Validate(string? name, ReceiptOptions options)
    {
        var errors = new List<string>();
        using var signer = ReceiptSigner.Load(options, errors);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
