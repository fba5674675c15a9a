using EdgeSync.ServiceDefaults;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;

namespace EdgeSync.EndToEnd.Tests;

/// <summary>The console over ten thousand devices.</summary>
public sealed class ConsoleOfManyDevicesTests(Site site, Browser browser, ITestOutputHelper output) : IClassFixture<Site>, IClassFixture<Browser>
{
    private const int Devices = 10_000;
    private const int Failing = 300;

    [Fact]
    public async Task Ten_thousand_devices_are_seen_at_a_glance_and_what_changes_is_seen_by_itself()
    {
        Seed();
        await using var console = await browser.OpenAsync();
        await console.SignInAsync(site, site.Pki.OperatorToken([Access.FleetRead], TimeSpan.FromHours(1)));
        var picture = console.Page.GetByRole(AriaRole.Img, new() { Name = $"{Devices} devices: {Failing} failing, {Devices - Failing} syncing" });
        await Assertions.Expect(picture).ToBeVisibleAsync();
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("300 of 10,000 devices are not syncing");

        var began = TimeProvider.System.GetTimestamp();
        await console.Page.ReloadAsync();
        await Assertions.Expect(picture).ToBeVisibleAsync();
        output.WriteLine($"The fleet view of {Devices} devices was there {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:F0} ms after it was asked for.");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Figure, new() { NameRegex = new("^Sensor to database; last: p50 .* p99 4\\.1 s$") })).ToBeVisibleAsync();
        await console.PictureAsync("console-fleet");

        Execute("UPDATE device_status SET reason = 'ok' WHERE reason <> 'ok' AND substr(device_id, 1, 8) < '00000100'");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Img, new() { Name = $"{Devices} devices: {Failing - 8} failing, {Devices - Failing + 8} syncing" })).ToBeVisibleAsync();

        await console.GoAsync("#/devices?health=failing&order=pending");
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Row)).ToHaveCountAsync(101);
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "More" }).ClickAsync();
        await Assertions.Expect(console.Page.GetByRole(AriaRole.Row)).ToHaveCountAsync(201);
        await console.PictureAsync("console-devices");
        console.AssertUntroubled();
    }

    /// <summary>Registered and heard just now; every 33rd of the first ones cannot be reached. Ids begin with their places in hex.</summary>
    private void Seed() => Execute($$"""
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {{Devices - 1}})
        INSERT INTO devices (device_id, name, state, labels, created_at, updated_at)
        SELECT printf('%08x-0000-4000-8000-000000000000', i), printf('pump-%05d', i), 'active', printf('{"site":"%s"}', CASE WHEN i % 3 = 0 THEN 'north' ELSE 'south' END), 1, 1 FROM n;
        INSERT INTO sync_status (device_id, boot, nonce, last_seen_at, clock_offset_us)
        SELECT device_id, 1, 1, CAST(unixepoch('subsec') * 1000000 AS INTEGER), 0 FROM devices WHERE device_id LIKE '%-0000-4000-8000-000000000000';
        INSERT INTO device_status (device_id, heartbeat_at, reason, reason_since, agent_version, interval_ms, pending_records, pending_bytes, dead_letters)
        SELECT device_id, last_seen_at, 'ok', last_seen_at, '0.1.0', 3600000, 0, 0, 0 FROM sync_status WHERE device_id LIKE '%-0000-4000-8000-000000000000';
        UPDATE device_status SET reason = 'offline-unreachable', pending_records = 1000 WHERE device_id IN
          (SELECT device_id FROM devices WHERE CAST(substr(name, 6) AS INTEGER) % 33 = 0 AND CAST(substr(name, 6) AS INTEGER) < {{Failing * 33}});
        WITH RECURSIVE m(i) AS (SELECT unixepoch() / 60 - 30 UNION ALL SELECT i + 1 FROM m WHERE i < unixepoch() / 60 + 5)
        INSERT INTO sync_latency (minute, process, counts) SELECT i, 'seed', printf('%d:9000 48:%d 56:90', 38 + i % 3, 300 + 100 * (i % 7)) FROM m;
        INSERT OR REPLACE INTO fleet_history (slot, taken_at, devices, ok, silent, failing, pending_records, stored)
        SELECT minute % 1440, minute * 60000000, {{Devices}}, {{Devices - Failing}}, 0, {{Failing}}, {{Failing}} * (1000 + minute % 50), (minute % 1000) * 600000 FROM sync_latency WHERE process = 'seed' AND minute <= unixepoch() / 60;
        """);

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = site.Folder.Database, DefaultTimeout = 60 }.ConnectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
