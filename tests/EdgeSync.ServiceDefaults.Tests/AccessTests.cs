using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using EdgeSync.Protocol;
using EdgeSync.Testing;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EdgeSync.ServiceDefaults.Tests;

/// <summary>Who gets through to a service, and what the others are told.</summary>
public sealed class AccessTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DeviceId Device = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Matrix => new()
    {
        { "device", "/device", "" }, { "device", "/renewal", "role-missing" }, { "device", "/read", "token-invalid" }, { "device", "/write", "token-invalid" },
        { "renewal", "/device", "role-missing" }, { "renewal", "/renewal", "" }, { "renewal", "/read", "token-invalid" },
        { "reader", "/read", "" }, { "reader", "/write", "role-missing" }, { "reader", "/device", "token-invalid" },
        { "writer", "/read", "" }, { "writer", "/write", "" }, { "writer", "/renewal", "token-invalid" },
        { "no role", "/read", "role-missing" }, { "no role", "/write", "role-missing" },
        { "nobody", "/device", "token-missing" }, { "nobody", "/renewal", "token-missing" }, { "nobody", "/read", "token-missing" }, { "nobody", "/write", "token-missing" },
        { "writer", "/forgotten", "token-missing" }, { "device", "/forgotten", "token-missing" }, { "nobody", "/nowhere", "not-found" },
        { "expired", "/device", "token-expired" }, { "other audience", "/device", "token-invalid" }, { "other issuer", "/device", "token-invalid" },
        { "other key", "/device", "token-invalid" }, { "alg none", "/device", "token-invalid" }, { "HS256 with the public key", "/device", "token-invalid" },
        { "no device", "/device", "token-invalid" }, { "no certificate", "/device", "token-invalid" }, { "no scope", "/device", "token-invalid" },
        { "garbage", "/device", "token-invalid" }, { "garbage", "/read", "token-invalid" }, { "five thousand characters", "/device", "token-invalid" },
    };

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Each_token_opens_what_it_is_for(string who, string path, string code)
    {
        await using var service = await SmallService.StartAsync(time: new FakeTimeProvider(Now));

        using var answer = await GetAsync(service, path, TokenOf(who));

        if (code.Length == 0)
        {
            Assert.True(answer.IsSuccessStatusCode);
            Assert.Equal(path is "/device" or "/renewal" ? Device.ToString() : path[1..], await answer.Content.ReadAsStringAsync(Ct));
        }
        else
        {
            await AssertRefusedAsync(answer, code);
        }
    }

    [Fact]
    public async Task A_token_that_was_good_is_refused_when_its_time_is_over()
    {
        var time = new FakeTimeProvider(Now);
        await using var service = await SmallService.StartAsync(time: time);
        var token = TestTokens.Shared.ForDevice(Device, expires: Now.UtcDateTime.AddMinutes(10));

        using var before = await GetAsync(service, "/device", token);
        time.Advance(TimeSpan.FromMinutes(10));
        using var after = await GetAsync(service, "/device", token);

        Assert.True(before.IsSuccessStatusCode);
        await AssertRefusedAsync(after, "token-expired");
    }

    [Fact]
    public async Task Without_the_gateways_keys_nobody_is_told_to_stop_and_the_keys_are_taken_when_they_are_there()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        var time = new FakeTimeProvider(Now);
        await using var service = await SmallService.StartAsync(time: time, settings: ("DeviceTokens:KeySet", path));

        using var without = await GetAsync(service, "/device", TestTokens.Shared.ForDevice(Device));
        File.Copy(TestTokens.Shared.Settings["DeviceTokens:KeySet"]!, path);
        using var tooSoon = await GetAsync(service, "/device", TestTokens.Shared.ForDevice(Device));
        time.Advance(TimeSpan.FromSeconds(2));
        using var with = await GetAsync(service, "/device", TestTokens.Shared.ForDevice(Device));
        File.Delete(path);

        await AssertRefusedAsync(without, "unavailable");
        Assert.Equal(TimeSpan.FromSeconds(1), without.Headers.RetryAfter!.Delta);
        await AssertRefusedAsync(tooSoon, "unavailable");
        Assert.True(with.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("Operators:KeySet", "", "Operators:Authority and KeySet: give one of them.")]
    [InlineData("Operators:Authority", "https://login.example/", "Operators:Authority and KeySet: give one of them.")]
    [InlineData("Operators:KeySet", "/no/such/file.json", "Give the path of a readable JSON Web Key Set.")]
    [InlineData("Operators:Issuer", "", "With KeySet, write the issuer that the tokens name.")]
    [InlineData("Operators:Audience", "", "Write whom operators' tokens are for, e.g. edgesync.")]
    [InlineData("Operators:RoleClaim", "", "Write the claim that holds an operator's roles, e.g. roles.")]
    [InlineData("DeviceTokens:Issuer", "", "Write the name that the gateway puts into its tokens, e.g. edgesync-gateway.")]
    [InlineData("DeviceTokens:Audience", "", "Write whom the gateway's tokens are for, e.g. edgesync.")]
    [InlineData("DeviceTokens:KeySetRefresh", "00:00:00", "Write a time from 1 s to 1 day.")]
    [InlineData("DeviceTokens:VerdictsMax", "1", "Write a number from 2 to 1000000.")]
    public async Task A_wrong_setting_stops_the_start_with_what_to_change(string key, string value, string sentence)
    {
        var stopped = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => SmallService.StartAsync(settings: (key, value)));

        Assert.Contains(sentence, stopped.Message);
    }

    [Fact]
    public void An_authority_in_the_clear_is_refused_beyond_this_machine()
    {
        var validator = new OperatorOptionsValidator();

        Assert.True(validator.Validate(null, new OperatorOptions { Authority = "http://login.example/" }).Failed);
        Assert.True(validator.Validate(null, new OperatorOptions { Authority = "http://localhost:9000/" }).Succeeded);
    }

    private static async Task<HttpResponseMessage> GetAsync(SmallService service, string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Version = new Version(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await service.Client.SendAsync(request, Ct);
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage answer, string code)
    {
        var type = ProblemTypes.All.Single(type => type.Code == code);
        var problem = await answer.Content.ReadFromJsonAsync(ProtocolJson.Default.Problem, Ct);
        Assert.Equal((type.Status, code, type.Action), ((int)answer.StatusCode, problem!.Code, problem.Action));
        Assert.NotEmpty(problem.Detail);
        Assert.Equal(type.Status == 401, answer.Headers.WwwAuthenticate.Count > 0);
    }

    private static string? TokenOf(string who) => who switch
    {
        "device" => TestTokens.Shared.ForDevice(Device),
        "renewal" => TestTokens.Shared.ForDevice(Device, DeviceTokenScope.Renewal),
        "reader" => TestTokens.Shared.ForOperator(Access.FleetRead),
        "writer" => TestTokens.Shared.ForOperator(Access.FleetWrite),
        "no role" => TestTokens.Shared.ForOperator("something else"),
        "expired" => TestTokens.Shared.ForDevice(Device, expires: Now.UtcDateTime.AddSeconds(-1)),
        "nobody" => null,
        "garbage" => "a.b.c",
        "five thousand characters" => new string('a', 5_000),
        _ => Forge(who),
    };

    private static string Forge(string how)
    {
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var claims = new Dictionary<string, object>
        {
            ["sub"] = Device.ToString(),
            ["scope"] = "device",
            ["cnf"] = new Dictionary<string, string> { ["x5t#S256"] = "certificate" },
        };
        claims.Remove(how switch { "no device" => "sub", "no certificate" => "cnf", "no scope" => "scope", _ => "" });
        var good = TestTokens.Shared.KeyOf(TestTokens.DeviceIssuer);
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = how == "other issuer" ? "someone" : TestTokens.DeviceIssuer,
            Audience = how == "other audience" ? "someone" : TestTokens.Audience,
            Expires = Now.UtcDateTime.AddHours(1),
            NotBefore = Now.UtcDateTime,
            IssuedAt = Now.UtcDateTime,
            Claims = claims,
            SigningCredentials = how switch
            {
                "alg none" => null,
                "other key" => new SigningCredentials(new ECDsaSecurityKey(stranger) { KeyId = good.KeyId }, SecurityAlgorithms.EcdsaSha256),
                "HS256 with the public key" => new SigningCredentials(
                    new SymmetricSecurityKey(good.ECDsa.ExportSubjectPublicKeyInfo()) { KeyId = good.KeyId }, SecurityAlgorithms.HmacSha256),
                _ => new SigningCredentials(good, SecurityAlgorithms.EcdsaSha256),
            },
        };
        return new JsonWebTokenHandler().CreateToken(descriptor);
    }
}
