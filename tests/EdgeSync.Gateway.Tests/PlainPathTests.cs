using CsCheck;

namespace EdgeSync.Gateway.Tests;

public sealed class PlainPathTests
{
    [Theory]
    [InlineData("/v1/telemetry", true)]
    // Routing would read it as the path without the slash, and whoever compares paths as another.
    [InlineData("/v1/telemetry/", false)]
    [InlineData("/", true)]
    [InlineData("/v1/devices/x/config/pump.speed", true)]
    [InlineData("/v1/devices/x/config/..speed", true)]
    [InlineData("/v1/devices/x/config/Drehzahl-ü", true)]
    [InlineData("", false)]
    [InlineData("*", false)]
    [InlineData("//v1", false)]
    [InlineData("/v1//telemetry", false)]
    [InlineData("/v1/a%2Fb", false)]
    [InlineData("/v1/a\\b", false)]
    [InlineData("/v1/../x", false)]
    [InlineData("/v1/.", false)]
    [InlineData("/v1/a\nb", false)]
    public void Path_has_one_reading_or_is_refused(string path, bool plain) => Assert.Equal(plain, PlainPaths.IsPlain(path));

    [Fact]
    public void Plain_path_stays_itself_however_a_reader_decodes_and_tidies_it() =>
        Gen.String[Gen.Char["/ab.%2FfeE\\"], 0, 20].Select(text => "/" + text).Where(PlainPaths.IsPlain).Sample(path =>
        {
            var decoded = Uri.UnescapeDataString(path);
            Assert.Equal(path, decoded);
            Assert.Equal(path, new Uri("http://host" + decoded).AbsolutePath);
        });

    [Fact]
    public void Path_beyond_the_bound_is_refused() => Assert.False(PlainPaths.IsPlain("/" + new string('a', 2_000)));
}
