using System.Security.Cryptography;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>
/// The folder that keeps who the device is: <c>device.pem</c>, <c>pending.key</c> until a certificate came for it, <c>pins.jws</c>. Files are replaced as a whole and readable by their owner
/// alone. They are apart from the database, so that a restored database brings back no old certificate.
/// </summary>
internal sealed class IdentityFolder(string path)
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private string CredentialsPath => Path.Combine(path, "device.pem");

    private string PendingKeyPath => Path.Combine(path, "pending.key");

    private string PinsPath => Path.Combine(path, "pins.jws");

    /// <summary>The device's credentials; null before it has enrolled.</summary>
    /// <exception cref="DeviceIdentityException">The file is not what it should be.</exception>
    public DeviceCredentials? ReadCredentials(DeviceId device) => Read(
        CredentialsPath,
        pem => DeviceCredentials.Parse(pem, device),
        "Restore it from a copy, or move it away and enrol the device again with a token that names it.");

    public void WriteCredentials(DeviceCredentials credentials) => Write(CredentialsPath, credentials.Format());

    /// <summary>The key that a certificate was asked for, and did not come yet; null when there is none.</summary>
    /// <exception cref="DeviceIdentityException">The file is not what it should be.</exception>
    public ECDsa? ReadPendingKey() => Read(
        PendingKeyPath, DeviceCredentials.ParseKey, "Move it away; the device then enrols with a new key, which may need a token that names it.");

    /// <summary>The pending key; a new one, kept before it is used, when there is none.</summary>
    /// <exception cref="DeviceIdentityException">The file is not what it should be.</exception>
    public ECDsa TakePendingKey()
    {
        if (ReadPendingKey() is { } pending)
        {
            return pending;
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Write(PendingKeyPath, key.ExportPkcs8PrivateKeyPem());
        return key;
    }

    public void ForgetPendingKey() => File.Delete(PendingKeyPath);

    /// <summary>The last statement of the gateway's pins, read by <paramref name="parse"/>; null when there is none.</summary>
    /// <exception cref="DeviceIdentityException">The file is not what it should be.</exception>
    public T? ReadPins<T>(Func<string, T> parse)
        where T : class => Read(PinsPath, parse, "Restore it from a copy, or move it away; the device then goes by the pins of its options until the next come.");

    public void WritePins(string statement) => Write(PinsPath, statement);

    private static T? Read<T>(string file, Func<string, T> parse, string remedy)
        where T : class
    {
        try
        {
            return File.Exists(file) ? parse(File.ReadAllText(file)) : null;
        }
        catch (FormatException e)
        {
            throw new DeviceIdentityException($"{file} cannot be used: {e.Message}. {remedy}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceIdentityException($"{file} cannot be read: {e.Message} Let the device's program read and write it.", e);
        }
    }

    // Written beside and renamed, so that a power cut leaves the old file or the new one.
    private void Write(string file, string text)
    {
        var beside = file + ".new";
        CreateFolder();
        File.Delete(beside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerFile;
        }

        using (var stream = new FileStream(beside, options))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(beside, file, overwrite: true);
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerFolder);
        }
    }
}
