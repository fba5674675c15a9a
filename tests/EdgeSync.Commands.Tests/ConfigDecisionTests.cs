using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public sealed class ConfigDecisionTests
{
    private const long Now = 1_000_000_000;

    private static readonly DeviceId Device = DeviceId.Parse("0b6f1f6e-3a52-4c8e-9d0a-2f1f6c1b7a10");
    private static readonly string Writer = ConfigWriters.Device(new Epoch(81));

    [Fact]
    public void A_time_far_ahead_is_pulled_back()
    {
        var taken = ConfigDecision.Take(Device, null, Entry("a", "1", Writer, Now + 3_600_000_000), ConfigRuleSet.Default, default, Now).Entry;

        Assert.Equal(Now + (long)HybridTime.ForwardDriftMax.TotalMicroseconds, taken.Time.Wall);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("\"theirs\"")]
    public void A_devices_write_of_a_reserved_key_is_overwritten_so_that_the_device_takes_it(string? cloudValue)
    {
        var stored = cloudValue is null ? null : ConfigDecision.Write(null, "edgesync.owner", new JsonValue(cloudValue), default, Now);
        var sent = Entry("edgesync.owner", "\"mine\"", Writer, Now + 1, stored?.Vector);

        var (taken, conflict) = ConfigDecision.Take(Device, stored, sent, ConfigRuleSet.Default, default, Now);

        Assert.Null(conflict);
        Assert.Equal(cloudValue, taken.Value?.Text);
        Assert.Equal(VectorOrder.After, taken.Vector.CompareTo(sent.Vector));
        Assert.Equal(taken, ConfigMerge.Merge(Device, sent, taken, ConfigRuleSet.Default).Entry);
    }

    [Fact]
    public void A_refused_write_that_is_sent_again_changes_nothing()
    {
        var sent = Entry("edgesync.owner", "\"mine\"", Writer, Now);
        var refused = ConfigDecision.Take(Device, null, sent, ConfigRuleSet.Default, default, Now).Entry;

        Assert.Equal(refused, ConfigDecision.Take(Device, refused, sent, ConfigRuleSet.Default, refused.Time, Now + 5).Entry);
    }

    [Fact]
    public void An_operators_write_after_a_refusal_reaches_the_device()
    {
        var sent = Entry("edgesync.owner", "\"mine\"", Writer, Now);
        var refused = ConfigDecision.Take(Device, null, sent, ConfigRuleSet.Default, default, Now).Entry;

        var written = ConfigDecision.Write(refused, "edgesync.owner", new JsonValue("\"fleet\""), refused.Time, Now);

        Assert.Equal(written, ConfigMerge.Merge(Device, refused, written, ConfigRuleSet.Default).Entry);
        Assert.True(written.Time > refused.Time);
    }

    private static ConfigEntry Entry(string key, string value, string writer, long wall, VersionVector? seen = null) =>
        new(key, (seen ?? VersionVector.Empty).Increment(writer), new HybridTime(wall, 0), writer, 0, new JsonValue(value));
}
