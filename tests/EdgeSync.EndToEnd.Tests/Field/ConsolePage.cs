using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>The console as somebody sees it.</summary>
internal sealed class ConsolePage : IAsyncDisposable
{
    private const string PicturesSetting = "EDGESYNC_SCREENSHOTS";

    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _troubles = new();

    public ConsolePage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _troubles.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _troubles.Enqueue($"{message.Text} {message.Location}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Signs in with a token.</summary>
    public async Task SignInAsync(Site site, string token)
    {
        await Page.GotoAsync(new Uri(site.OperatorHttp.BaseAddress!, "/console").ToString());
        await Page.GetByLabel("Your token").FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>Goes to a view and waits until it is there.</summary>
    public async Task GoAsync(string view)
    {
        await Page.EvaluateAsync("view => { location.hash = view; }", view);
        await Assertions.Expect(Page.Locator("main:not([aria-busy])")).ToBeVisibleAsync();
    }

    /// <summary>Writes a picture of the whole page where pictures are asked for.</summary>
    public async Task PictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable(PicturesSetting) is { Length: > 0 } folder)
        {
            // Charts take their room a moment after they are there.
            await Page.WaitForTimeoutAsync(500);
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = false });
        }
    }

    /// <summary>No script failed, nothing was refused by the page's own policy, nothing was missing.</summary>
    public void AssertUntroubled(params string[] expected) => Assert.Equal([], _troubles.Where(trouble => !expected.Any(word => trouble.Contains(word, StringComparison.Ordinal))));

    public async ValueTask DisposeAsync() => await _context.CloseAsync();
}
