using System.Security.Cryptography;
using EdgeSync.Testing;

namespace EdgeSync.Gateway.Tests;

public sealed class SigningKeyTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgesync-keys-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("a", "a 0")]
    [InlineData("a", "a 60", "b 0")]
    [InlineData("a", "a 60", "b 5")]
    [InlineData("b", "a 60", "b 6")]
    [InlineData("b", "a 6", "b 60")]
    [InlineData("c", "a 60", "b 60", "c 60")]
    [InlineData("b", "a 60", "b 60", "c 0")]
    // All are new: the first is the one that services are likeliest to know.
    [InlineData("a", "a 0", "b 0", "c 0")]
    // One of the future is not active either.
    [InlineData("a", "a 10", "b -10")]
    public void The_last_by_name_that_is_known_signs(string expected, params string[] idsAndMinutes)
    {
        foreach (var (id, minutes) in idsAndMinutes.Select(key => key.Split(' ')).Select(key => (key[0], double.Parse(key[1]))))
        {
            File.SetLastWriteTimeUtc(TestTokens.WriteSigningKey(_folder.FullName, id), Now.AddMinutes(-minutes).UtcDateTime);
        }

        var keys = SigningKeyFolder.Read(_folder.FullName);

        Assert.Equal(expected, SigningKey.Choose(keys, Now, TimeSpan.FromMinutes(6)).Id);
    }

    [Fact]
    public void Folder_that_is_not_set_says_so() => HasFault("", "Gateway:Tokens:SigningKeysPath is not set. Give the path of a folder of private keys");

    [Fact]
    public void Folder_that_is_missing_is_named() => HasFault(_folder.FullName + "-none", "cannot be read");

    [Fact]
    public void Folder_without_a_key_says_so() => HasFault(_folder.FullName, "holds 0 keys. It must be a folder of private keys");

    [Fact]
    public void File_that_is_no_key_is_named()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "a.pem"), "no key");
        HasFault(_folder.FullName, "a.pem' holds no private key that can be read");
    }

    [Fact]
    public void Public_key_is_named()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(_folder.FullName, "a.pem"), key.ExportSubjectPublicKeyInfoPem());
        HasFault(_folder.FullName, "a.pem' holds no private key that can be read");
    }

    [Fact]
    public void Key_of_another_curve_is_named()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        File.WriteAllText(Path.Combine(_folder.FullName, "a.pem"), key.ExportPkcs8PrivateKeyPem());
        HasFault(_folder.FullName, "a.pem' holds a key of another curve than P-256");
    }

    [Fact]
    public void Times_have_bounds()
    {
        TestTokens.WriteSigningKey(_folder.FullName, "a");
        var options = new TokenOptions { SigningKeysPath = _folder.FullName };

        HasFault(options with { Lifetime = TimeSpan.Zero }, "Gateway:Tokens:Lifetime is 00:00:00. Write a time from 1 s to 1 h.");
        HasFault(options with { KeyActivation = TimeSpan.FromDays(3) }, "Gateway:Tokens:KeyActivation is 3.00:00:00. Write a time from 0 to 2 days.");
    }

    private static void HasFault(string folder, string sentence) => HasFault(new TokenOptions { SigningKeysPath = folder }, sentence);

    private static void HasFault(TokenOptions options, string sentence) =>
        Assert.Contains(sentence, Assert.Single(new TokenOptionsValidator().Validate(null, options).Failures!), StringComparison.Ordinal);
}
