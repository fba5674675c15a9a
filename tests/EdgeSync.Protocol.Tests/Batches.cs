namespace EdgeSync.Protocol.Tests;

internal static class Batches
{
    public static void AssertEqual(TelemetryBatch expected, TelemetryBatch actual)
    {
        Assert.Equal(expected.Epoch, actual.Epoch);
        Assert.Equal(expected.First, actual.First);
        Assert.Equal(expected.Last, actual.Last);
        Assert.Equal(expected.DigestBefore, actual.DigestBefore);
        Assert.Equal(expected.DigestAfter, actual.DigestAfter);
        Assert.Equal(expected.Boot, actual.Boot);
        Assert.Equal(expected.SentAt, actual.SentAt);
        Assert.Equal(expected.Gaps, actual.Gaps);
        Assert.Equal(expected.Entries(), actual.Entries());
        Assert.Equal(Enumerable.Range(0, expected.ReadingCount).Select(expected.ReadingAt), Enumerable.Range(0, actual.ReadingCount).Select(actual.ReadingAt));
    }
}
