using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EdgeSync.Edge;

/// <summary>Who the device is and whom it trusts: by itself, or as its program says.</summary>
internal sealed class DeviceAccess : IDisposable
{
    private DeviceAccess(IDeviceTransport transport, X509Certificate2Collection roots) => (Transport, Roots) = (transport, roots);

    public IDeviceTransport Transport { get; }

    /// <summary>The fleet's roots; empty when the program gives its own client and no roots.</summary>
    public X509Certificate2Collection Roots { get; }

    /// <summary>What the device keeps of itself; null when its program brings the certificate.</summary>
    public ManagedIdentity? Managed { get; private init; }

    /// <summary>A program brings its own client with its certificate.</summary>
    /// <exception cref="DeviceIdentityException">The roots cannot be read.</exception>
    public static DeviceAccess Given(EdgeDeviceOptions options, HttpClient http) =>
        new(new GivenTransport(http), options.AuthoritiesPath is { } path ? ReadRoots(path) : []);

    /// <summary>The device enrols, renews and pins by itself.</summary>
    /// <exception cref="DeviceIdentityException">What it keeps, or the roots, cannot be read.</exception>
    public static DeviceAccess Own(EdgeDeviceOptions options, Func<SslClientAuthenticationOptions, HttpMessageHandler> sockets)
    {
        var roots = ReadRoots(options.AuthoritiesPath!);
        var folder = new IdentityFolder(options.IdentityFolder!);
        var pins = new GatewayPins(options.Device, roots, folder, options.Pins);
        folder.ReadPendingKey()?.Dispose();
        var transport = new ManagedTransport(sockets, new GatewayTls(roots, pins), options.ControlPlane!);
        if (folder.ReadCredentials(options.Device) is { } credentials)
        {
            transport.Use(credentials);
        }

        return new DeviceAccess(transport, roots) { Managed = new ManagedIdentity(folder, pins, transport) };
    }

    public void Dispose() => Managed?.Transport.Dispose();

    private static X509Certificate2Collection ReadRoots(string path)
    {
        var roots = new X509Certificate2Collection();
        try
        {
            roots.ImportFromPemFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new DeviceIdentityException($"{path} cannot be read: {e.Message} Set AuthoritiesPath to a PEM file with the fleet's root certificates.", e);
        }

        return roots.Count > 0
            ? roots
            : throw new DeviceIdentityException($"{path} has no certificate; set AuthoritiesPath to a PEM file with the fleet's root certificates.");
    }
}

/// <summary>What a device keeps of itself.</summary>
internal sealed record ManagedIdentity(IdentityFolder Folder, GatewayPins Pins, ManagedTransport Transport);
