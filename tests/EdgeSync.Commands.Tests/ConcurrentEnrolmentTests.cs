using System.Net;
using System.Security.Cryptography;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>Devices that enrol at once, by the real clock.</summary>
public abstract class ConcurrentEnrolmentTests(ContractDatabase on)
{
    private const int Places = 7;
    private const int Applicants = 40;

    [Fact]
    public async Task Exactly_as_many_devices_get_in_as_the_token_has_places()
    {
        await using var host = await CommandsHost.StartLiveAsync(on);
        var token = await host.CreateTokenAsync(Places);

        var answers = await Task.WhenAll(Enumerable.Range(1, Applicants).Select(i => host.EnrolAsync(token.Secret, new DeviceId(new Guid(i, 0, 0, new byte[8])))));

        Assert.Equal(Places, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(Applicants - Places, answers.Count(answer => answer.StatusCode == HttpStatusCode.Forbidden));
        Assert.Equal(
            (Places, Places, Places),
            ((await host.TokenAsync(token.Token.Id)).Used, await host.CountAsync("SELECT COUNT(*) FROM devices"), await host.CountAsync("SELECT COUNT(*) FROM device_certificates")));
    }

    [Fact]
    public async Task Of_several_keys_that_want_to_be_one_device_at_once_one_becomes_it()
    {
        await using var host = await CommandsHost.StartLiveAsync(on);
        var device = new DeviceId(new Guid(1, 0, 0, new byte[8]));
        var tokens = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => host.CreateTokenAsync()));

        var answers = await Task.WhenAll(tokens.Select(token => host.EnrolAsync(token.Secret, device)));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal((1, 1), (await host.CountAsync("SELECT COUNT(*) FROM device_certificates"), await host.CountAsync("SELECT CAST(SUM(used) AS INT8) FROM enrolment_tokens")));
    }

    [Fact]
    public async Task The_same_enrolment_sent_many_times_at_once_is_one()
    {
        await using var host = await CommandsHost.StartLiveAsync(on);
        var token = await host.CreateTokenAsync(Places);
        var device = new DeviceId(new Guid(1, 0, 0, new byte[8]));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => host.EnrolAsync(token.Secret, device, key)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(1, (await host.TokenAsync(token.Token.Id)).Used);
    }

    [Fact]
    public async Task Changes_of_many_states_at_once_are_all_made_and_each_raises_the_version()
    {
        await using var host = await CommandsHost.StartLiveAsync(on);
        var devices = Enumerable.Range(1, 12).Select(i => new DeviceId(new Guid(i, 0, 0, new byte[8]))).ToList();
        await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations([.. devices.Select(id => new DeviceRegistration(id, "pump"))]));
        await host.SetStateAsync(devices[0], DeviceState.Disabled);
        var before = (await host.RevocationsAsync()).List.Version;

        var answers = await Task.WhenAll(devices.Skip(1).Select(id => host.SetStateAsync(id, DeviceState.Disabled)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var (list, _) = await host.RevocationsAsync();
        Assert.Equal(devices, list.Devices!.Select(refused => refused.Device).Order());
        Assert.True(list.Version >= before + devices.Count - 1);
    }
}

public sealed class ConcurrentEnrolmentTestsOnSqlite() : ConcurrentEnrolmentTests(ContractDatabase.Sqlite);

public sealed class ConcurrentEnrolmentTestsOnServer() : ConcurrentEnrolmentTests(ContractDatabase.Server);
