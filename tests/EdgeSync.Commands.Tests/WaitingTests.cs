using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public abstract class WaitingTests(ContractDatabase on)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_long_poll_wakes_when_a_command_is_created()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var poll = device.PullAsync(wait: 60);
        await CommandsHost.UntilAsync(() => host.Get<DeviceSignals>().WaitingDevices == 1);

        var command = await device.CreateAsync();

        Assert.Equal(command.Id, Assert.Single((await poll).Commands).Id);
        Assert.Equal(0, host.Get<DeviceSignals>().WaitingDevices);
    }

    [Fact]
    public async Task A_long_poll_answers_at_once_when_a_command_waits_already()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await device.CreateAsync();

        Assert.Single((await device.PullAsync(wait: 60)).Commands);
    }

    [Fact]
    public async Task A_long_poll_is_empty_after_its_wait()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var poll = device.PullAsync(wait: 20);
        await CommandsHost.UntilAsync(() => host.Get<DeviceSignals>().WaitingDevices == 1);

        await CommandsHost.UntilAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(20));
            return poll.IsCompleted;
        });

        Assert.Empty((await poll).Commands);
    }

    [Fact]
    public async Task A_long_poll_ends_when_the_service_stops()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var poll = device.PullAsync(wait: 60);
        await CommandsHost.UntilAsync(() => host.Get<DeviceSignals>().WaitingDevices == 1);

        await host.StopAsync();

        Assert.Empty((await poll).Commands);
    }

    [Fact]
    public async Task A_wait_that_began_in_an_older_epoch_does_not_judge_a_newer_one()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var command = await device.CreateAsync();
        await device.PullAsync();
        var poll = device.PullAsync(wait: 60);
        await CommandsHost.UntilAsync(() => host.Get<DeviceSignals>().WaitingDevices == 1);

        device.LiveEpoch = new Epoch(82);
        await device.ReceiveAsync(command.Id);
        await device.CreateAsync();
        await poll;

        Assert.Equal(CommandState.Delivered, (await device.ViewAsync(command.Id)).State);
    }

    [Fact]
    public async Task The_event_stream_tells_the_version_at_its_start_and_after_each_change()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await device.CreateAsync();
        using var stream = await EventReader.OpenAsync(device);

        Assert.Equal(("intent", """{"intentVersion":"1"}"""), await stream.ReadEventAsync());
        await device.CreateAsync();
        Assert.Equal(("intent", """{"intentVersion":"2"}"""), await stream.ReadEventAsync());
        await device.PutAsync("sampling.interval", "5");
        Assert.Equal(("intent", """{"intentVersion":"3"}"""), await stream.ReadEventAsync());
        await device.DeleteAsync("sampling.interval");
        Assert.Equal(("intent", """{"intentVersion":"4"}"""), await stream.ReadEventAsync());
    }

    [Fact]
    public async Task An_idle_event_stream_gets_comments()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        using var stream = await EventReader.OpenAsync(device);
        await stream.ReadEventAsync();

        var comment = stream.ReadLineAsync();
        await CommandsHost.UntilAsync(() =>
        {
            host.Time.Advance(TimeSpan.FromSeconds(25));
            return comment.IsCompleted;
        });

        Assert.Equal(":", await comment);
    }

    [Fact]
    public async Task An_event_stream_ends_when_the_service_stops_and_leaves_nothing_behind()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        using var stream = await EventReader.OpenAsync(device);
        await stream.ReadEventAsync();

        await host.StopAsync();

        Assert.Null(await stream.ReadLineAsync());
        Assert.Equal(0, host.Get<DeviceSignals>().WaitingDevices);
    }

    [Fact]
    public async Task The_oldest_of_too_many_streams_of_a_device_makes_room()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        var streams = new List<EventReader>();
        for (var i = 0; i <= DeviceSignals.WaitersPerDeviceMax; i++)
        {
            streams.Add(await EventReader.OpenAsync(device));
            await streams[i].ReadEventAsync();
        }

        Assert.Null(await streams[0].ReadLineAsync());
        await device.CreateAsync();
        Assert.Equal(("intent", """{"intentVersion":"1"}"""), await streams[^1].ReadEventAsync());
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task More_waiting_devices_than_there_is_room_for_are_told_to_come_back()
    {
        await using var host = await CommandsHost.StartAsync(on, ("Commands:WaitingDevicesMax", "1"));
        var device = await host.RegisterAsync();
        var other = await host.RegisterAsync("11111111-3a52-4c8e-9d0a-2f1f6c1b7a10");
        using var stream = await EventReader.OpenAsync(device);

        using var refused = await other.Client.SendAsync(HttpMethod.Get, Routes.Events);
        await other.Client.SendAsync(HttpMethod.Get, Routes.Commands + "?wait=5").RefusedAsync(ProblemTypes.Overloaded);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "10"), (refused.StatusCode, refused.Headers.RetryAfter?.ToString()));
        Assert.Empty((await other.PullAsync()).Commands);
    }

    [Fact]
    public async Task A_change_made_by_another_instance_wakes_a_device_here()
    {
        await using var host = await CommandsHost.StartAsync(on);
        var device = await host.RegisterAsync();
        await using var second = await host.StartSecondAsync();
        using var stream = await EventReader.OpenAsync(second.Device(device.Id));
        await stream.ReadEventAsync();

        await device.CreateAsync();
        await second.Get<HintPoll>().PollAsync(Cancelled);

        Assert.Equal(("intent", """{"intentVersion":"1"}"""), await stream.ReadEventAsync());
    }

    private sealed class EventReader(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public static async Task<EventReader> OpenAsync(DeviceDriver device)
        {
            var response = await device.Client.GetAsync(Routes.Events, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled)));
        }

        public async Task<string?> ReadLineAsync() => await reader.ReadLineAsync(Cancelled);

        public async Task<(string Event, string Data)> ReadEventAsync()
        {
            var name = await ReadLineAsync();
            var data = await ReadLineAsync();
            Assert.Equal("", await ReadLineAsync());
            return (name!["event: ".Length..], data!["data: ".Length..]);
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}

public sealed class WaitingTestsOnSqlite() : WaitingTests(ContractDatabase.Sqlite);

public sealed class WaitingTestsOnServer() : WaitingTests(ContractDatabase.Server);

public sealed class WaitingTestsOfDoubtfulCommits() : WaitingTests(ContractDatabase.DoubtfulServer);
