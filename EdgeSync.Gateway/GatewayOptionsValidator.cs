using System.Net;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Everything that can be wrong with the gateway's configuration, each as a sentence that says what to change.</summary>
internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    private const int CountMax = 1_000_000;

    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        List<string> faults =
        [
            .. Address(nameof(options.ListenAddress), options.ListenAddress),
            .. Address(nameof(options.ManagementAddress), options.ManagementAddress),
            .. Port(nameof(options.DevicePort), options.DevicePort),
            .. Port(nameof(options.OperatorPort), options.OperatorPort),
            .. Port(nameof(options.ManagementPort), options.ManagementPort),
            .. DistinctPorts(options),
            .. Range(nameof(options.ConnectionsMax), options.ConnectionsMax, 1, CountMax),
            .. Range(nameof(options.VerdictsMax), options.VerdictsMax, 2, CountMax),
            .. Time(nameof(options.RenewalGrace), options.RenewalGrace, TimeSpan.FromDays(30)),
            .. Time(nameof(options.CertificateSkew), options.CertificateSkew, TimeSpan.FromHours(1)),
            .. Refresh(nameof(options.ServerCertificateRefresh), options.ServerCertificateRefresh, TimeSpan.FromDays(1), "1 day"),
            .. Refresh(nameof(options.DestinationRefresh), options.DestinationRefresh, TimeSpan.FromHours(1), "1 h, or leave it out"),
            .. Certificates(options),
        ];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Address(string field, string value)
    {
        if (value != GatewayOptions.AnyAddress && !IPAddress.TryParse(value, out _))
        {
            yield return $"Gateway:{field} is '{value}'. Write an IP address of this machine, e.g. 127.0.0.1, or '{GatewayOptions.AnyAddress}' for all of them.";
        }
    }

    private static IEnumerable<string> Port(string field, int value) => Range(field, value, 0, IPEndPoint.MaxPort);

    private static IEnumerable<string> Range(string field, int value, int min, int max)
    {
        if (value < min || value > max)
        {
            yield return $"Gateway:{field} is {value}. Write a number from {min} to {max}.";
        }
    }

    private static IEnumerable<string> DistinctPorts(GatewayOptions options)
    {
        int[] chosen = [.. new[] { options.DevicePort, options.OperatorPort, options.ManagementPort }.Where(port => port != 0)];
        if (chosen.Distinct().Count() != chosen.Length)
        {
            yield return "Gateway:DevicePort, OperatorPort and ManagementPort must differ. Give each its own port, or 0 for a free one.";
        }
    }

    private static IEnumerable<string> Time(string field, TimeSpan value, TimeSpan max)
    {
        if (value < TimeSpan.Zero || value > max)
        {
            yield return $"Gateway:{field} is {value}. Write a time from 0 to {max.TotalHours} h.";
        }
    }

    private static IEnumerable<string> Refresh(string field, TimeSpan? interval, TimeSpan max, string most)
    {
        if (interval < TimeSpan.FromSeconds(1) || interval > max)
        {
            yield return $"Gateway:{field} is {interval}. Write a time from 1 s to {most}.";
        }
    }

    private static IEnumerable<string> Certificates(GatewayOptions options)
    {
        string?[] faults =
        [
            UnusableFileException.Of(() => CertificateFiles.LoadServer(options.ServerCertificatePath, options.ServerCertificateKeyPath)),
            UnusableFileException.Of(() => CertificateFiles.LoadFleet(options.FleetCaPath)),
        ];
        return faults.OfType<string>();
    }
}
