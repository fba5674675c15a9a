using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>Somebody who is told of alerts over HTTP; no record, so that no log writes the secret out.</summary>
public sealed class WebhookOption
{
    internal const int SecretBytesMin = 16;

    /// <summary>Its name: 1 to 64 of a-z, 0-9 and hyphens.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where notifications are posted, <c>https</c>; <c>http</c> only to this machine.</summary>
    public string Url { get; init; } = "";

    /// <summary>What notifications are signed with, at least 16 bytes of UTF-8.</summary>
    public string Secret { get; init; } = "";

    /// <summary>In place of it: a file with it; white space around it is not part of it.</summary>
    public string SecretPath { get; init; } = "";

    /// <summary>Words of <see cref="AlertSeverity"/>; all where there is none.</summary>
    public IReadOnlyList<string> Severities { get; init; } = [];

    /// <summary>Whether it is told when alerts are over.</summary>
    public bool SendResolved { get; init; } = true;

    internal AlertAudience ToAudience() => new(
        Name, Severities.Count == 0 ? Enum.GetValues<AlertSeverity>().ToHashSet() : Severities.Select(Words.Parse<AlertSeverity>).ToHashSet(), SendResolved);

    /// <summary>The secret; read anew each time, so that a file may change.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal byte[] ReadSecret() => Encoding.UTF8.GetBytes(Secret.Length > 0 ? Secret : File.ReadAllText(SecretPath).Trim());

    internal void Check(string setting, List<string> errors)
    {
        if (AlertRules.CheckName(Name) is { } wrong)
        {
            errors.Add($"Change {setting}:Name. {wrong}");
        }

        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
        {
            errors.Add($"Set {setting}:Url to an address that begins with https://, or with http:// and is of this machine.");
        }

        if (Severities.FirstOrDefault(word => !Words.TryParse<AlertSeverity>(word, out _)) is { } unknown)
        {
            errors.Add($"Set {setting}:Severities to words of {Words.List<AlertSeverity>()}; one is '{unknown}'.");
        }

        if (Secret.Length > 0 == SecretPath.Length > 0)
        {
            errors.Add($"Set one of {setting}:Secret and {setting}:SecretPath.");
        }
        else if (WhyNoSecret() is { } why)
        {
            errors.Add($"Set {setting}:{(Secret.Length > 0 ? nameof(Secret) : nameof(SecretPath))} to a secret of at least {SecretBytesMin} bytes{why}.");
        }
    }

    private string? WhyNoSecret()
    {
        try
        {
            return ReadSecret().Length >= SecretBytesMin ? null : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"; the file cannot be read: {e.Message}";
        }
    }
}
