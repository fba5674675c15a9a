using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;
using Microsoft.Playwright;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>The console in a real browser, over a real gateway.</summary>
public sealed class ConsoleTests(Site site, Browser browser) : IClassFixture<Site>, IClassFixture<Browser>
{
    [Fact]
    public async Task Who_has_no_token_that_counts_is_told_why_and_sees_nothing()
    {
        await using var console = await browser.OpenAsync();
        await console.SignInAsync(site, "no-token-at-all");

        await Assertions.Expect(console.Page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("token");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Navigation, new() { Name = "Views" })).ToBeHiddenAsync();
        await console.PictureAsync("console-sign-in");
        console.AssertUntroubled("401");
    }

    [Fact]
    public async Task An_operator_sends_a_command_and_sees_its_result()
    {
        var device = await StartedAsync();
        await using var console = await SignedInAsync();
        await console.GoAsync($"#/devices/{device.Id}/commands");

        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Send a command" }).ClickAsync();
        await console.Page.GetByLabel("Payload").FillAsync("{ no json");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true }).ClickAsync();
        await Assertions.Expect(console.Page.Locator("dialog")).ToContainTextAsync("payload is not JSON");
        await console.Page.GetByLabel("Payload").FillAsync("");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true }).ClickAsync();

        await Assertions.Expect(console.Page.Locator("dialog")).ToHaveCountAsync(0);
        await Eventually.BecomesAsync(
            async () =>
            {
                await console.Page.ReloadAsync();
                await Assertions.Expect(console.Page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("ping");
                return await console.Page.GetByRole(AriaRole.Row).Nth(1).InnerTextAsync();
            },
            row => row.Contains("succeeded", StringComparison.Ordinal),
            "the command has succeeded");
        await console.PictureAsync("console-commands");
        console.AssertUntroubled();
    }

    [Fact]
    public async Task A_devices_streams_say_up_to_where_a_receipt_was_signed()
    {
        var device = await StartedAsync();
        await using var console = await SignedInAsync();

        await console.GoAsync($"#/devices/{device.Id}/sync");

        // The page is shown again by itself; the device asks when everything is acknowledged.
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Region, new() { Name = "Streams" }).GetByRole(AriaRole.Cell).Filter(new() { HasText = "1–" })).ToBeVisibleAsync();
        console.AssertUntroubled();
    }

    [Fact]
    public async Task A_change_of_configuration_is_compared_before_it_is_written_and_reaches_the_device()
    {
        var device = await StartedAsync();
        await site.Operators.SetConfigAsync(device, "sampling.interval", "10");
        await using var console = await SignedInAsync();
        await console.GoAsync($"#/devices/{device.Id}/config");

        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Change" }).ClickAsync();
        await console.Page.GetByLabel("Keys and values").FillAsync("""{ "sampling.interval": 30, "sampling.unit": "s" }""");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();

        await Assertions.Expect(console.Page.Locator(".diff .removed")).ToHaveTextAsync("10");
        await Assertions.Expect(console.Page.Locator(".diff .added")).ToHaveTextAsync(["30", "\"s\""]);
        await console.PictureAsync("console-config-diff");
        Assert.Equal("10", await site.Operators.GetConfigAsync(device, "sampling.interval"));
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Write" }).ClickAsync();
        await Eventually.BecomesAsync(() => Task.FromResult(device.Device.Config.Get("sampling.interval")?.ToString()), value => value == "30", "the device has the value");
        await console.GoAsync($"#/devices/{device.Id}/sync");
        await console.GoAsync($"#/devices/{device.Id}/config");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "sampling.unit" })).ToContainTextAsync("s");
        console.AssertUntroubled();
    }

    [Fact]
    public async Task A_conflict_is_replayed_under_another_rule_and_decided_by_hand()
    {
        var device = await site.AddDeviceAsync();
        device.Device.Config.Set("panel.setpoint", new JsonValue("21"));
        await site.Operators.SetConfigAsync(device, "panel.setpoint", "22");
        device.Start();
        await device.DrainAsync();
        await using var console = await SignedInAsync();
        await console.GoAsync($"#/conflicts?device={device.Id}");

        await console.Page.GetByRole(AriaRole.Region, new() { Name = "Try another rule" }).GetByLabel("Rule").SelectOptionAsync("device-wins");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Replay" }).ClickAsync();
        await Assertions.Expect(console.Page.GetByText("1 of 1 conflicts would have kept another value")).ToBeVisibleAsync();
        await console.PictureAsync("console-conflicts");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        await console.PictureAsync("console-conflict");
        await console.Page.GetByLabel("Decide by hand").SelectOptionAsync("loser");
        await console.Page.GetByLabel("Why").FillAsync("the panel was right");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Decide" }).ClickAsync();

        await Eventually.BecomesAsync(() => Task.FromResult(device.Device.Config.Get("panel.setpoint")?.ToString()), value => value == "21", "the device has the decision");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Button, new() { Name = "Decided" })).ToBeVisibleAsync();
        console.AssertUntroubled();
    }

    [Fact]
    public async Task Who_may_only_look_sees_everything_and_no_button_that_changes_anything()
    {
        var device = await StartedAsync();
        var forWriters = new List<string>();
        foreach (var (role, buttons) in new[] { (Access.FleetWrite, forWriters), (Access.FleetRead, null) })
        {
            await using var console = await SignedInAsync(role);
            foreach (var view in new[] { "sync", "telemetry", "config", "commands", "conflicts", "access" }.Select(tab => $"#/devices/{device.Id}/{tab}").Concat(["#/", "#/devices", "#/alerts", "#/commands", "#/conflicts", "#/rollouts"]))
            {
                await console.GoAsync(view);
                await Assertions.Expect(console.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveCountAsync(1);
                if (buttons is not null && view.StartsWith("#/devices/", StringComparison.Ordinal))
                {
                    await console.PictureAsync($"console-device-{view[(view.LastIndexOf('/') + 1)..]}");
                }

                var seen = await console.Page.Locator("main button").AllInnerTextsAsync();
                buttons?.AddRange(seen);
                // What looks further, and what asks without changing.
                Assert.True(buttons is not null || seen.All(button => button is "More" or "Look" or "Decided" or "Replay"), $"{view} shows {string.Join(", ", seen)}.");
            }

            console.AssertUntroubled();
        }

        Assert.Superset(new HashSet<string> { "Change", "Send a command", "Stop it", "Revoke", "Send to many devices", "Begin a rollout" }, forWriters.ToHashSet());
    }

    [Fact]
    public async Task A_rollout_is_begun_and_followed()
    {
        var device = await StartedAsync();
        await using var console = await SignedInAsync();
        await console.GoAsync("#/rollouts");

        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Begin a rollout" }).ClickAsync();
        await console.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("slower sampling");
        await console.Page.GetByLabel("Devices", new() { Exact = false }).First.FillAsync("*");
        await console.Page.GetByLabel("Stages").FillAsync("100");
        await console.Page.GetByLabel("Watch each stage for").FillAsync("0");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Begin", Exact = true }).ClickAsync();

        await Assertions.Expect(console.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("slower sampling");
        await Eventually.BecomesAsync(() => Task.FromResult(device.Device.Config.Get("sampling.interval")?.ToString()), value => value == "10", "the device has the value");
        await console.PictureAsync("console-rollout");
        console.AssertUntroubled();
    }

    [Fact]
    public async Task An_alert_is_acknowledged_and_silenced_and_its_rule_taken_back()
    {
        var device = await StartedAsync();
        // Every clock is off by something.
        using var rule = await site.OperatorHttp.PutAsync(
            "/v1/alert-rules/any-clock", new StringContent("""{ "kind": "clock-wrong", "severity": "info", "threshold": 0 }""", System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        rule.EnsureSuccessStatusCode();
        await using var console = await SignedInAsync();
        var row = console.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = device.Id.ToString() }).Filter(new() { HasText = "firing" }).First;
        await Eventually.BecomesAsync(
            async () =>
            {
                await console.GoAsync("#/");
                await console.GoAsync("#/alerts");
                return await row.IsVisibleAsync();
            },
            fires => fires,
            "the alert fires");
        await console.PictureAsync("console-alerts");

        await row.GetByRole(AriaRole.Button, new() { Name = "Silence" }).ClickAsync();
        await console.Page.GetByLabel("Why").FillAsync("known");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Silence", Exact = true }).Last.ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("silenced");
        await row.GetByRole(AriaRole.Button, new() { Name = "Acknowledge" }).ClickAsync();
        await console.Page.GetByLabel("Note").FillAsync("looked at");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Acknowledge", Exact = true }).Last.ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("seen");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Take back" }).ClickAsync();
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Button, new() { Name = "Take back" })).ToHaveCountAsync(0);
        console.AssertUntroubled();
    }

    [Fact]
    public async Task It_is_used_by_keys_in_the_dark_and_on_a_phone()
    {
        var device = await StartedAsync();
        await using var console = await browser.OpenAsync(ColorScheme.Dark, width: 390, height: 844);
        await console.SignInAsync(site, Token(Access.FleetRead));
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Img, new() { Name = "devices:" })).ToBeVisibleAsync();
        await console.PictureAsync("console-fleet-phone");

        await console.Page.Keyboard.PressAsync("d");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Devices");
        await console.Page.Keyboard.PressAsync("/");
        await console.Page.Keyboard.TypeAsync(device.Id.ToString());
        await console.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await console.Page.GetByRole(AriaRole.Link, new() { Name = $"device {device.Id}" }).ClickAsync();
        await Assertions.Expect(console.Page.GetByText("It has been syncing since")).ToBeVisibleAsync();
        await console.PictureAsync("console-device-phone");

        // Nothing is wider than the phone.
        Assert.True(await console.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        console.AssertUntroubled();
    }

    private async Task<FieldDevice> StartedAsync()
    {
        var device = await site.AddDeviceAsync(options => options with { HeartbeatInterval = TimeSpan.FromSeconds(1) });
        device.Start();
        device.Produce(50);
        await device.DrainAsync();
        await device.ListenAsync();
        await Eventually.BecomesAsync(
            async () => (await site.OperatorHttp.GetAsync($"/v1/devices/{device.Id}/sync", TestContext.Current.CancellationToken)).IsSuccessStatusCode, heard => heard, "the device was heard");
        return device;
    }

    private async Task<ConsolePage> SignedInAsync(string role = Access.FleetWrite)
    {
        var console = await browser.OpenAsync();
        await console.SignInAsync(site, Token(role));
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Navigation, new() { Name = "Views" })).ToBeVisibleAsync();
        return console;
    }

    private string Token(string role) => site.Pki.OperatorToken([role], TimeSpan.FromHours(1));
}
