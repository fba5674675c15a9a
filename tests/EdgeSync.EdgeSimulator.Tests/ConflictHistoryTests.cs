using System.Globalization;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator.Tests;

/// <summary>The conflict audit against random histories of one key: a true log passes, and no row can be taken out of it or put into it unseen.</summary>
public sealed class ConflictHistoryTests
{
    private const int Histories = 400;
    private const int Steps = 24;
    private static readonly IReadOnlyDictionary<int, ConfigRuleSet> Rules = new Dictionary<int, ConfigRuleSet>
    {
        [1] = new(1, [new ConfigRulePattern("panel.key2", ConfigRule.DeviceWins), new ConfigRulePattern("panel.key3", ConfigRule.Max), new ConfigRulePattern("panel.key5", ConfigRule.Union)]),
    };

    [Fact]
    public void A_true_log_passes()
    {
        var conflicts = 0;
        for (var seed = 0; seed < Histories; seed++)
        {
            var history = History.Draw(seed, kills: true);

            var audit = history.Audit(history.Log);

            Assert.True(audit.Passed, $"seed {seed}: {string.Join('\n', audit.Differences)}");
            conflicts += audit.ConflictsLogged;
        }

        Assert.True(conflicts > Histories, $"{conflicts} conflicts");
    }

    [Fact]
    public void A_log_without_some_of_its_rows_fails_where_every_write_is_known()
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var history = History.Draw(seed, kills: false);
            var random = new Random(seed);
            var removed = history.Log.Where(_ => random.Next(3) == 0).ToHashSet();
            if (removed.Count == 0)
            {
                continue;
            }

            var audit = history.Audit([.. history.Log.Where(conflict => !removed.Contains(conflict))]);

            Assert.True(audit.ConflictsMissing > 0, $"seed {seed}");
        }
    }

    [Fact]
    public void A_log_with_a_row_of_two_writes_that_never_met_fails_where_every_write_is_known()
    {
        for (var seed = 0; seed < Histories; seed++)
        {
            var history = History.Draw(seed, kills: false);
            foreach (var (panel, written) in history.Writes.Panel.SelectMany(panel => history.Writes.Operators.Select(written => (panel, written))))
            {
                if (history.ConflictOf(written, panel) is { } row && history.Log.TrueForAll(logged => logged.Id != row.Id))
                {
                    Assert.True(history.Audit([.. history.Log, row]).ConflictsWrong > 0, $"seed {seed}: {panel.Vector} and {written.Vector}");
                }
            }
        }
    }

    /// <summary>A key of a device and of a control plane that write, lose each other's messages, and are in the end of one mind.</summary>
    private sealed class History
    {
        private static readonly DeviceId Device = DeviceId.Parse("01a20caa-cfaa-4097-b351-000000000002");
        private readonly Random _random;
        private readonly string _key;
        private readonly Queue<ConfigEntry> _late = [];
        private ConfigEntry? _ours;
        private ConfigEntry? _theirs;
        private long _clock;

        private History(int seed)
        {
            _random = new Random(seed);
            _key = string.Create(CultureInfo.InvariantCulture, $"panel.key{2 + (seed % 4)}");
        }

        public KeyWrites Writes { get; } = KeyWrites.None;

        public List<LoggedConflict> Log { get; } = [];

        public static History Draw(int seed, bool kills)
        {
            var history = new History(seed);
            for (var step = 0; step < Steps; step++)
            {
                history.Step(history._random.Next(6), isUnanswered: kills && history._random.Next(4) == 0);
            }

            history.Exchange(isAnswered: true);
            return history;
        }

        public AuditResult Audit(IReadOnlyList<LoggedConflict> log)
        {
            var audit = new AuditResult();
            ConflictAudit.Check("key", Device, Writes, log, _theirs, Rules, rolledBack: false, audit);
            return audit;
        }

        public LoggedConflict? ConflictOf(ConfigEntry left, ConfigEntry right) => ConfigMerge.Merge(Device, left, right, Rules[1]).Conflict is { } conflict
            ? new LoggedConflict(conflict.Id, _key, conflict.Winner, conflict.Loser, conflict.Rule, conflict.RuleVersion, conflict.Kept)
            : null;

        private void Step(int kind, bool isUnanswered)
        {
            switch (kind)
            {
                case 0 or 1:
                    _ours = Next(_ours, "device:1");
                    Note(_ours, Writes.Panel, Writes.PanelInDoubt, isUnanswered);
                    break;
                case 2 or 3:
                    _theirs = Next(_theirs, ConfigWriters.Cloud);
                    Note(_theirs, Writes.Operators, Writes.OperatorsInDoubt, isUnanswered);
                    break;
                case 4:
                    Exchange(_random.Next(2) == 0);
                    break;
                default:
                    // A request that was sent before arrives again.
                    if (_late.TryDequeue(out var late))
                    {
                        Merge(late);
                    }

                    break;
            }
        }

        private ConfigEntry Next(ConfigEntry? before, string writer) => new(
            _key,
            (before?.Vector ?? VersionVector.Empty).Increment(writer),
            new HybridTime(_clock += _random.Next(1, 9), 0),
            writer,
            0,
            _random.Next(8) == 0 ? null : new JsonValue(_random.Next(2) == 0 ? $"[{_random.Next(9)}]" : _random.Next(99).ToString(CultureInfo.InvariantCulture)));

        private static void Note(ConfigEntry entry, List<ConfigEntry> known, List<JsonValue?> inDoubt, bool isUnanswered)
        {
            if (isUnanswered)
            {
                inDoubt.Add(entry.Value);
            }
            else
            {
                known.Add(entry);
            }
        }

        private void Exchange(bool isAnswered)
        {
            if (_ours is not null)
            {
                _late.Enqueue(_ours);
                Merge(_ours);
            }

            _ours = isAnswered ? _theirs : _ours;
        }

        private void Merge(ConfigEntry sent)
        {
            if (_theirs is not null && ConflictOf(_theirs, sent) is { } conflict)
            {
                Log.Add(conflict);
            }

            _theirs = _theirs is null ? sent : ConfigMerge.Merge(Device, _theirs, sent, Rules[1]).Entry;
        }
    }
}
