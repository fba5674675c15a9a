using System.Net;
using System.Net.Sockets;
using EdgeSync.ServiceDefaults;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>Wrong usage is exit code 2 and one sentence that says what to change.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-usage-");

    [Theory]
    [InlineData("--devices -1", "--devices takes a whole number from 1 to 100000, not '-1'.")]
    [InlineData("--devices 0", "--devices takes a whole number from 1 to 100000, not '0'.")]
    [InlineData("--devices x", "not 'x'")]
    [InlineData("--devices 1.5", "not '1.5'")]
    [InlineData("--devices", "--devices")]
    [InlineData("--duration 5", "--duration takes a duration such as 500ms, 30s, 2m or 1h, not '5'.")]
    [InlineData("--duration 0s", "not '0s'")]
    [InlineData("--duration -3s", "not '-3s'")]
    [InlineData("--sync-interval soon", "not 'soon'")]
    [InlineData("--rate 0", "--rate takes a number above 0")]
    [InlineData("--rate NaN", "not 'NaN'")]
    [InlineData("--batch 5001", "--batch takes a whole number from 1 to 5000")]
    [InlineData("--seed -1", "--seed takes a whole number")]
    [InlineData("--faults mean", "--faults takes none, flaky or hostile, not 'mean'.")]
    [InlineData("--workers 65", "--workers takes a whole number from 0 to 64")]
    [InlineData("--workers many", "--workers")]
    [InlineData("--colour red", "--colour")]
    [InlineData("run now", "now")]
    [InlineData("fly", "fly")]
    [InlineData("--database nonsense", "--database cannot be read")]
    [InlineData("--database Colour=red", "--database cannot be read")]
    [InlineData("--database Host=127.0.0.1;Colour=red", "--database cannot be read")]
    [InlineData("--database Host=127.0.0.1", "--database names no host or no database")]
    [InlineData("--database Host=127.0.0.1;Port=1;Database=fleet;Username=me", "The database fleet at 127.0.0.1 cannot be reached")]
    [InlineData("serve --database Host=127.0.0.1;Port=1;Database=fleet;Username=me", "The database fleet at 127.0.0.1 cannot be reached")]
    [InlineData("--control-plane nonsense", "--control-plane takes 'embedded' or two https addresses")]
    [InlineData("--control-plane http://127.0.0.1:1,http://127.0.0.1:2", "two https addresses")]
    [InlineData("--replay no-such.csv", "--replay no-such.csv cannot be read")]
    [InlineData("audit", "--data")]
    [InlineData("pki", "--data")]
    [InlineData("token", "--data")]
    [InlineData("token --data x --role admin", "--role takes fleet.read or fleet.write, not 'admin'.")]
    [InlineData("--certificate-lifetime 5s", "--certificate-lifetime takes a duration of 10s or more")]
    [InlineData("--misbehaving -1", "--misbehaving takes a whole number from 0")]
    [InlineData("doctor", "Name one to look at")]
    [InlineData("doctor --device no-such.db", "There is no device's file at no-such.db.")]
    [InlineData("doctor --control-plane http://127.0.0.1:1", "--control-plane takes an https address")]
    [InlineData("doctor --control-plane https://127.0.0.1:1", "--root")]
    [InlineData("simulate", "--seeds")]
    [InlineData("simulate --seeds 1", "--seeds takes two whole numbers from 0 to 1000000000, the smaller one first, such as 1..10000, not '1'.")]
    [InlineData("simulate --seeds 2..1", "not '2..1'")]
    [InlineData("simulate --seeds 1..x", "not '1..x'")]
    [InlineData("simulate --seeds 1..1 --steps 0", "--steps takes a whole number from 1 to 100000")]
    [InlineData("simulate --seeds 1..1 --devices 5", "--devices takes a whole number from 1 to 4")]
    [InlineData("simulate --seeds 1..1 --without loss,rain", "--without takes words with commas between them")]
    [InlineData("simulate --seeds 1..2 --trace trace.txt", "--trace takes one seed")]
    [InlineData("serve --device-port 0", "--device-port takes a whole number from 1 to 65535")]
    [InlineData("serve --device-port http", "--device-port")]
    public async Task Wrong_usage_is_one_sentence(string arguments, string sentence) => await AssertWrongAsync(arguments.Split(' '), sentence);

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_folder_in_which_nothing_was_begun_is_removed(bool isBegun, bool isRemoved)
    {
        var folder = new DataFolder(Path.Combine(_directory.FullName, "data")).Create();
        FleetFile.OpenOrCreate(folder, 1, 1);
        if (isBegun)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.Device(0))!);
        }

        folder.RemoveUnused();

        Assert.Equal(isRemoved, !Directory.Exists(folder.Root));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("serve")]
    [InlineData("pki")]
    [InlineData("token")]
    public async Task A_folder_that_cannot_be_made_is_one_sentence(string verb)
    {
        var file = Path.Combine(_directory.FullName, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        await AssertWrongAsync([verb, "--data", Path.Combine(file, "below")], "cannot be written");
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_is_said_before_the_run()
    {
        var file = Path.Combine(_directory.FullName, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        await AssertWrongAsync(["--data", Path.Combine(_directory.FullName, "data"), "--report", Path.Combine(file, "report.json")], "--report");
    }

    [Theory]
    [InlineData("--device-port")]
    [InlineData("--operator-port")]
    public async Task A_port_in_use_is_one_sentence(string option)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await AssertWrongAsync(["serve", "--data", Path.Combine(_directory.FullName, "data"), option, $"{port}"], $"Port {port} of 127.0.0.1 cannot be used");
    }

    [Fact]
    public Task An_empty_folder_cannot_be_audited() => AssertWrongAsync(["audit", "--data", _directory.FullName], "holds no fleet");

    [Fact]
    public Task A_folder_that_is_not_there_cannot_be_audited() => AssertWrongAsync(["audit", "--data", Path.Combine(_directory.FullName, "none")], "holds no fleet");

    [Fact]
    public async Task A_folder_without_a_control_plane_cannot_be_audited()
    {
        var folder = new DataFolder(_directory.FullName).Create();
        FleetFile.OpenOrCreate(folder, 1, 1);

        await AssertWrongAsync(["audit", "--data", folder.Root], "There is no control-plane database");
    }

    [Fact]
    public async Task A_database_that_is_none_cannot_be_audited()
    {
        var folder = new DataFolder(_directory.FullName).Create();
        FleetFile.OpenOrCreate(folder, 1, 1);
        await File.WriteAllTextAsync(folder.Database, "this is no database, however long the text may be", TestContext.Current.CancellationToken);

        await AssertWrongAsync(["audit", "--data", folder.Root], folder.Database);
    }

    [Fact]
    public async Task A_fleet_file_that_cannot_be_read_is_one_sentence()
    {
        var folder = new DataFolder(_directory.FullName).Create();
        await File.WriteAllTextAsync(folder.FleetFile, "{", TestContext.Current.CancellationToken);

        await AssertWrongAsync(["audit", "--data", folder.Root], "fleet.json cannot be read");
    }

    [Fact]
    public async Task Certificates_that_cannot_be_read_are_one_sentence()
    {
        var folder = new DataFolder(_directory.FullName).Create();
        await File.WriteAllTextAsync(Path.Combine(folder.Pki, "issuing.pem"), "damaged", TestContext.Current.CancellationToken);

        await AssertWrongAsync(["pki", "--data", folder.Root], $"The certificates in {folder.Pki} cannot be used");
    }

    [Fact]
    public Task Another_control_plane_cannot_be_audited_without_its_files() =>
        AssertWrongAsync(["--control-plane", "https://127.0.0.1:1,https://127.0.0.1:2"], "--database");

    [Fact]
    public async Task Certificates_are_made_once_and_kept()
    {
        var folder = new DataFolder(_directory.FullName);
        await using var error = new StringWriter();

        Assert.Equal(ExitCodes.Pass, await CommandLine.InvokeAsync(["pki", "--data", folder.Root], TimeProvider.System, error));
        var first = Directory.EnumerateFiles(folder.Pki, "*.*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllText);
        Assert.Equal(ExitCodes.Pass, await CommandLine.InvokeAsync(["pki", "--data", folder.Root], TimeProvider.System, error));

        Assert.Equal(first, Directory.EnumerateFiles(folder.Pki, "*.*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllText));
        Assert.Equal("", error.ToString());
        if (!OperatingSystem.IsWindows())
        {
            var keys = first.Where(file => file.Value.Contains("PRIVATE KEY", StringComparison.Ordinal)).Select(file => file.Key).ToList();
            Assert.Equal(6, keys.Count);
            foreach (var key in keys)
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
            }
        }
    }

    [Fact]
    public async Task An_operators_token_is_one_of_the_folders_key_with_the_role_that_was_asked_for()
    {
        var folder = new DataFolder(_directory.FullName).Create();
        using var pki = DevelopmentPki.OpenOrCreate(folder.Pki, TimeProvider.System);

        var token = new JsonWebToken(pki.OperatorToken([Access.FleetRead], TimeSpan.FromMinutes(5)));
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = OperatorTokens.Issuer,
            ValidAudience = OperatorTokens.Audience,
            IssuerSigningKeys = new JsonWebKeySet(await File.ReadAllTextAsync(pki.Files.OperatorKeySet, TestContext.Current.CancellationToken)).GetSigningKeys(),
        });

        Assert.True(result.IsValid);
        Assert.Equal([Access.FleetRead], token.Claims.Where(claim => claim.Type == "roles").Select(claim => claim.Value));
        Assert.Equal(TimeSpan.FromMinutes(5), token.ValidTo - token.ValidFrom);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static async Task AssertWrongAsync(string[] arguments, string sentence)
    {
        await using var error = new StringWriter();

        var exitCode = await CommandLine.InvokeAsync(arguments, TimeProvider.System, error);

        Assert.Equal(ExitCodes.WrongUsage, exitCode);
        var line = Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(sentence, line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
    }
}
