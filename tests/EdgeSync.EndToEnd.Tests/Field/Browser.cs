using Microsoft.Playwright;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>A real Chromium without a window, for the tests of a class. Where there is none, tests are skipped, but not where <c>EDGESYNC_REQUIRE_BROWSER</c> is set.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string PathSetting = "EDGESYNC_BROWSER";
    private const string RequiredSetting = "EDGESYNC_REQUIRE_BROWSER";
    private const int TimeoutMilliseconds = 60_000;

    private static readonly string[] UsualPaths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Find() is { } path)
        {
            Assertions.SetDefaultExpectTimeout(TimeoutMilliseconds);
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = ["--no-sandbox"] });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.CloseAsync() ?? Task.CompletedTask);
        _playwright?.Dispose();
    }

    /// <summary>A page of its own; whatever goes wrong in it is written down.</summary>
    internal async Task<ConsolePage> OpenAsync(ColorScheme scheme = ColorScheme.Light, int width = 1_400, int height = 900)
    {
        if (_browser is null)
        {
            Assert.False(Environment.GetEnvironmentVariable(RequiredSetting) is "1", $"{RequiredSetting} is set and there is no Chromium: install one, or name it in {PathSetting}.");
            Assert.Skip($"There is no Chromium: install one, or name it in {PathSetting}.");
        }

        // The gateway's certificate is of the site's own CA.
        var context = await _browser!.NewContextAsync(new() { IgnoreHTTPSErrors = true, ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, Locale = "en-GB" });
        context.SetDefaultTimeout(TimeoutMilliseconds);
        return new ConsolePage(context, await context.NewPageAsync());
    }

    private static string? Find() => Environment.GetEnvironmentVariable(PathSetting) is { Length: > 0 } named ? named : UsualPaths.FirstOrDefault(File.Exists);
}
