using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>What operators and panels both write: one key for each rule, mostly on the same few devices and at the same time, so that they meet.</summary>
internal static class SharedConfig
{
    /// <summary>The version of <see cref="Rules"/>.</summary>
    public const int RulesVersion = 1;

    private const int BusyEvery = 20;
    private const int MomentSeconds = 5;
    private const double Together = 0.75;
    private const double Deleted = 0.1;

    /// <summary>The key and the rule that decides about it.</summary>
    public static readonly IReadOnlyList<ConfigRulePattern> Rules =
    [
        new("panel.key0", ConfigRule.LastWriterWins),
        new("panel.key1", ConfigRule.CloudWins),
        new("panel.key2", ConfigRule.DeviceWins),
        new("panel.key3", ConfigRule.Max),
        new("panel.key4", ConfigRule.Min),
        new("panel.key5", ConfigRule.Union),
        new("panel.key6", ConfigRule.JsonMerge),
    ];

    /// <summary>A write: its key and value, null to delete.</summary>
    public static (string Key, JsonValue? Value) Draw(Random random, DateTimeOffset now)
    {
        var rule = Rules[random.NextDouble() < Together ? (int)(now.ToUnixTimeSeconds() / MomentSeconds % Rules.Count) : random.Next(Rules.Count)];
        return (rule.Pattern, DrawValue(random, rule.Pattern));
    }

    /// <summary>A value of a key; null to delete it.</summary>
    public static JsonValue? DrawValue(Random random, string key) =>
        random.NextDouble() < Deleted ? null : Value(random, Rules.Single(rule => rule.Pattern == key).Rule);

    /// <summary>Which of some devices is written to.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="numbers">Their numbers in the fleet.</param>
    /// <returns>An index of <paramref name="numbers"/>.</returns>
    public static int DrawDevice(Random random, IReadOnlyList<int> numbers)
    {
        var busy = numbers.Index().Where(device => device.Item % BusyEvery == 0).ToList();
        return busy.Count > 0 && random.NextDouble() < Together ? busy[random.Next(busy.Count)].Index : random.Next(numbers.Count);
    }

    // Now and then one of another shape: the rules say what becomes of those too.
    private static JsonValue Value(Random random, ConfigRule rule) => new(random.Next(8) == 0
        ? string.Create(CultureInfo.InvariantCulture, $"\"text {random.Next(1_000)}\"")
        : rule switch
        {
            ConfigRule.Union => $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Number(random, 12)))}]",
            ConfigRule.JsonMerge => $"{{{string.Join(',', "abcd".Where(_ => random.Next(3) > 0).Select(name => $"\"{name}\":{Member(random)}"))}}}",
            _ => Number(random, 1_000),
        });

    private static string Member(Random random) => random.Next(4) == 0 ? $"{{\"n\":{Number(random, 10)}}}" : Number(random, 10);

    private static string Number(Random random, int below) => random.Next(below).ToString(CultureInfo.InvariantCulture);
}
