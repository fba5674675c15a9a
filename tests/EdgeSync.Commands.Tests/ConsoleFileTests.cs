using System.Net;
using System.Text.RegularExpressions;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public sealed partial class ConsoleFileTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_and_everything_that_it_names_are_there_for_whoever_asks()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        using var client = host.Client();

        var seen = new HashSet<string>();
        var left = new Queue<string>(["/console/index.html"]);
        while (left.TryDequeue(out var path))
        {
            if (!seen.Add(path))
            {
                continue;
            }

            using var answer = await client.GetAsync(path, Ct);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path} answers {answer.StatusCode}.");
            var text = await answer.Content.ReadAsStringAsync(Ct);
            foreach (Match match in Reference().Matches(text).Where(_ => !path.Contains("vendor", StringComparison.Ordinal)))
            {
                left.Enqueue(new Uri(new Uri($"http://host{path}"), match.Groups["path"].Value).AbsolutePath);
            }
        }

        // And nothing lies about that nobody uses, but for a licence.
        Assert.Equal(
            ConsoleFiles.Load().Names.Where(name => !name.EndsWith("LICENSE", StringComparison.Ordinal)).Select(name => $"/console/{name}").Order(StringComparer.Ordinal),
            seen.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/console/index.html", "text/html; charset=utf-8")]
    [InlineData("/console/js/app.js", "text/javascript; charset=utf-8")]
    [InlineData("/console/style.css", "text/css; charset=utf-8")]
    [InlineData("/console/icon.svg", "image/svg+xml")]
    public async Task Files_have_their_type_and_may_run_nothing_of_others(string path, string type)
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        using var client = host.Client();

        using var answer = await client.GetAsync(path, Ct);

        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.NotNull(answer.Headers.ETag);
    }

    [Fact]
    public async Task What_is_no_file_is_told_so_and_the_folder_leads_to_the_page()
    {
        await using var host = await CommandsHost.StartAsync(ContractDatabase.Sqlite);
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = host.Address };

        await client.SendAsync(HttpMethod.Get, "/console/..%2fappsettings.json").RefusedAsync(ProblemTypes.NotFound);
        await client.SendAsync(HttpMethod.Get, "/console/js/nothing.js").RefusedAsync(ProblemTypes.NotFound);
        using var page = await client.GetAsync("/console", Ct);
        Assert.Equal("/console/index.html", page.Headers.Location!.ToString());
    }

    [GeneratedRegex("""(?:(?:src|href)="|from '|import ')(?<path>[^'"#{}]+?\.(?:js|css|svg))["']""")]
    private static partial Regex Reference();
}
