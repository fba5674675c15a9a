using System.Text;
using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What makes commands, receipts and results acceptable.</summary>
internal static class CommandRules
{
    public const int ReasonCharsMax = 256;
    public const int ErrorCharsMax = 1_024;

    private static readonly TimeSpan ExpiryDefault = TimeSpan.FromDays(1);

    public static FieldErrors Check(CreateCommand command)
    {
        var errors = new FieldErrors();
        errors.Add("kind", IsKind(command.Kind) ? null
            : $"A kind has lower-case words of letters and digits with hyphens between them, e.g. restart-agent, and at most {Limits.CommandKindBytesMax} bytes.");
        errors.Add("payload", FitsPayload(command.Payload) ? null : $"A payload has at most {Limits.CommandPayloadBytesMax} bytes of JSON.");
        errors.Add("expiresInSeconds", command.ExpiresInSeconds is not { } seconds || (seconds > 0 && seconds <= ExpirySecondsMax) ? null
            : $"A command may wait 1 to {ExpirySecondsMax} seconds.");
        errors.Add("idempotencyKey", command.IdempotencyKey is null || Texts.HasBytes(command.IdempotencyKey, 1, Limits.IdempotencyKeyBytesMax) ? null
            : $"An idempotency key has 1 to {Limits.IdempotencyKeyBytesMax} bytes and no control characters.");
        errors.Add("supersedes", command.Supersedes is null || Texts.HasBytes(command.Supersedes, 1, Limits.IdempotencyKeyBytesMax) ? null
            : $"What a command is about has 1 to {Limits.IdempotencyKeyBytesMax} bytes and no control characters.");
        errors.Add("priority", command.Priority is null or (>= 0 and <= 1_000_000) ? null : "A priority is 0 to 1000000; lower comes first.");
        return errors;
    }

    /// <summary>What is wrong with a batch: its selector, and its command's fields as <c>command.FIELD</c>.</summary>
    public static FieldErrors Check(CreateCommandBatch batch, out LabelSelector? selector)
    {
        var errors = new FieldErrors();
        errors.Add("selector", LabelSelector.TryParse(batch.Selector, out selector, out var error) ? null : error);
        foreach (var (field, wrong) in Check(batch.Command).All)
        {
            errors.Add($"command.{field}", wrong);
        }

        return errors;
    }

    public static FieldErrors Check(CancelCommand cancel)
    {
        var errors = new FieldErrors();
        errors.Add("reason", cancel.Reason.Length is > 0 and <= ReasonCharsMax && !cancel.Reason.Contains('\0', StringComparison.Ordinal) ? null
            : $"A reason has 1 to {ReasonCharsMax} characters.");
        return errors;
    }

    public static FieldErrors Check(ReceiptRequest request)
    {
        var errors = CheckSender(request.Boot, request.Epoch);
        errors.Add("commands", request.Commands.Count <= Limits.CommandReportMax ? null : $"At most {Limits.CommandReportMax} receipts at once; send the rest in the next request.");
        return errors;
    }

    public static FieldErrors Check(ResultRequest request)
    {
        var errors = CheckSender(request.Boot, request.Epoch);
        errors.Add("results", request.Results.Count <= Limits.CommandReportMax ? null : $"At most {Limits.CommandReportMax} results at once; send the rest in the next request.");
        foreach (var (i, result) in request.Results.Take(Limits.CommandReportMax).Index())
        {
            errors.Add($"results[{i}]", result is null ? "A result is missing." : null);
            errors.Add($"results[{i}].result", FitsPayload(result?.Result) ? null : $"A result has at most {Limits.CommandPayloadBytesMax} bytes of JSON; report a shorter one.");
        }

        return errors;
    }

    public static long ExpiresAt(CreateCommand command, long now) =>
        now + (long)(command.ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : ExpiryDefault).TotalMicroseconds;

    private static long ExpirySecondsMax => (long)Limits.CommandExpiryMax.TotalSeconds;

    private static FieldErrors CheckSender(Boot boot, Epoch epoch)
    {
        var errors = new FieldErrors();
        errors.Add("boot", boot.Number > 0 ? null : "The boot's number is 1 or more.");
        errors.Add("epoch", epoch.Value > 0 ? null : "An epoch is a positive number.");
        return errors;
    }

    private static bool IsKind(string kind) =>
        kind.Length is > 0 and <= Limits.CommandKindBytesMax
        && kind.Split('-').All(word => word.Length > 0 && word.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));

    private static bool FitsPayload(JsonValue? payload) =>
        payload is not { } json || Encoding.UTF8.GetByteCount(json.ToString()) <= Limits.CommandPayloadBytesMax;
}
