using EdgeSync.Edge;
using EdgeSync.Protocol;

namespace EdgeSync.Architecture.Tests;

/// <summary>docs/recovery.md has every reason for which a device may not be syncing, with what the code does about it.</summary>
public sealed class RecoveryDocumentTests
{
    [Fact]
    public void The_table_of_errors_is_the_one_in_the_code() => Assert.Equal(
        RecoveryRules.All.Select(rule => $"{rule.Code} {(rule.Category is { } category ? Words.Of(category) : "-")} {Words.Of(rule.Wait)} {Words.Of(rule.Wake)}"),
        Document.Load("docs/recovery.md").Table("code", "category", "wait", "woken by", "what the agent does", "what ends it").Select(row => string.Join(' ', row[..4])));

    [Fact]
    public void Every_wait_is_explained() => Assert.Equal(
        Enum.GetValues<RecoveryWait>().Select(wait => Words.Of(wait)), Document.Load("docs/recovery.md").Table("wait", "how long").Select(row => row[0]));
}
