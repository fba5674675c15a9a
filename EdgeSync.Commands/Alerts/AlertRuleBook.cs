using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Commands;

/// <summary>The rules that hold: an operator's before the settings', and those before the program's own.</summary>
internal sealed class AlertRuleBook
{
    private readonly SortedDictionary<string, AlertRuleView> _given = new(StringComparer.Ordinal);

    public AlertRuleBook(IOptions<AlertOptions> options)
    {
        foreach (var rule in BuiltInAlertRules.All)
        {
            _given[rule.Name] = View(rule, AlertRuleSource.BuiltIn);
        }

        foreach (var rule in options.Value.Rules.Select(rule => rule.ToRule()!))
        {
            _given[rule.Name] = View(rule, AlertRuleSource.Configuration);
        }
    }

    /// <summary>The rules without an operator's, by name.</summary>
    public IReadOnlyList<AlertRuleView> Given => [.. _given.Values];

    /// <summary>The rule of this name without an operator's; null for none.</summary>
    public AlertRuleView? Find(string name) => _given.GetValueOrDefault(name);

    /// <summary>All of them, by name.</summary>
    /// <param name="set">What operators have set.</param>
    public IReadOnlyList<AlertRuleView> With(IEnumerable<AlertRuleView> set)
    {
        var rules = new SortedDictionary<string, AlertRuleView>(_given, StringComparer.Ordinal);
        foreach (var view in set)
        {
            rules[view.Rule.Name] = view;
        }

        return [.. rules.Values];
    }

    public static AlertRuleView View(AlertRule rule, AlertRuleSource source, long? updatedAt = null) => new(rule, source, AlertKinds.Unit(rule.Kind), updatedAt);
}
