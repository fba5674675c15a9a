using System.Text;
using EdgeSync.Protocol;

namespace EdgeSync.Gateway.Tests;

public sealed class RevocationSnapshotTests
{
    private const string Device = "0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10";

    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly RevocationSnapshot Known = Take(null, """{"version":"5","devices":[],"certificates":[]}""", Now.AddMinutes(-2)).Next!;

    [Fact]
    public void Whole_list_is_taken()
    {
        var fingerprint = new string('a', 64);
        var (next, refusal) = Take(Known, $$"""{"version":"6","devices":[{"device":"{{Device}}","state":"disabled"}],"certificates":["{{fingerprint}}"]}""", Now);

        Assert.Null(refusal);
        Assert.Equal((6, Now), (next!.Version, next.FreshAt));
        Assert.Equal(DeviceState.Disabled, next.Devices[DeviceId.Parse(Device)]);
        Assert.Equal(fingerprint, Assert.Single(next.Certificates).ToString());
    }

    [Fact]
    public void Nothing_new_is_fresh_again()
    {
        var (next, refusal) = Take(Known, """{"version":"5"}""", Now.AddSeconds(-3));

        Assert.Null(refusal);
        Assert.Equal((Known.SignedAt, Now.AddSeconds(-3)), (next!.SignedAt, next.FreshAt));
    }

    [Fact]
    public void An_answer_that_comes_again_makes_nothing_fresher_and_nothing_older()
    {
        var fresh = Take(Known, """{"version":"5"}""", Now).Next;

        Assert.Equal(Now, Take(fresh, """{"version":"5"}""", Now.AddMinutes(-1)).Next!.FreshAt);
        Assert.Equal(Now, Take(fresh, """{"version":"5","devices":[],"certificates":[]}""", Now.AddMinutes(-3)).Next!.FreshAt);
    }

    [Fact]
    public void A_newer_version_is_taken_whatever_its_signers_clock_says() =>
        Assert.Equal(6, Take(Known, """{"version":"6","devices":[],"certificates":[]}""", Now.AddMinutes(-4)).Next!.Version);

    [Fact]
    public void A_signers_clock_that_is_ahead_makes_nothing_fresh_for_longer() =>
        Assert.Equal(Now, Take(Known, """{"version":"5"}""", Now.AddYears(1)).Next!.FreshAt);

    [Theory]
    [InlineData("""{"version":"4","devices":[],"certificates":[]}""", "has version 4, and version 5 is known")]
    [InlineData("""{"version":"4"}""", "has version 4, and version 5 is known")]
    [InlineData("""{"version":"6"}""", "says that nothing has changed since version 6, which is not known")]
    [InlineData("""{"devices":[]}""", "cannot be read")]
    [InlineData("""[]""", "cannot be read")]
    public void Anything_else_changes_nothing(string payload, string sentence)
    {
        var (next, refusal) = Take(Known, payload, Now);

        Assert.Same(Known, next);
        Assert.StartsWith(sentence, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_new_is_nothing_where_nothing_is_known() => Assert.Null(Take(null, """{"version":"5"}""", Now).Next);

    private static (RevocationSnapshot? Next, string? Refusal) Take(RevocationSnapshot? known, string payload, DateTimeOffset signedAt) =>
        (RevocationSnapshot.Take(known, new StatementContent(Encoding.UTF8.GetBytes(payload), signedAt), Now, out var refusal), refusal);
}
