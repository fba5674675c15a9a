using Microsoft.Extensions.Options;

namespace EdgeSync.Ingest.Tests;

public sealed class IngestOptionsTests
{
    [Theory]
    [InlineData("Ingest:QueueWritesMax", "0", "Set Ingest:QueueWritesMax to 1 to 100000")]
    [InlineData("Ingest:Writers", "17", "Set Ingest:Writers to 1 to 16")]
    [InlineData("Ingest:CommitWait", "00:00:01", "Set Ingest:CommitWait to 00:00:00")]
    [InlineData("Ingest:LatestSensorsMax", "0", "Set Ingest:LatestSensorsMax to 1 to 100000")]
    [InlineData("Ingest:CommitRowsMax", "50001", "Set Ingest:CommitRowsMax to 1 to 50000")]
    [InlineData("Ingest:ClockOffsetMax", "00:00:00", "Set Ingest:ClockOffsetMax to 00:00:01")]
    [InlineData("Ingest:VerificationInterval", "00:00:00", "Set Ingest:VerificationInterval to 00:00:01")]
    [InlineData("Ingest:VerificationRows", "1023", "Set Ingest:VerificationRows to 1024 to 1000000 readings, or to 0")]
    [InlineData("Ingest:VerificationAge", "00:00:59", "Set Ingest:VerificationAge to 00:01:00")]
    [InlineData("Ingest:QueueReportInterval", "00:00:00", "Set Ingest:QueueReportInterval to 00:00:01")]
    [InlineData("Ingest:RetryAfter", "01:00:00", "Set Ingest:RetryAfter to 00:00:01")]
    public async Task A_value_out_of_range_stops_the_start_and_says_what_to_set(string key, string value, string said)
    {
        await using var storage = await TestStorage.CreateAsync(StorageKind.Sqlite);

        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => IngestHost.StartAsync(storage, (key, value)));

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }
}
