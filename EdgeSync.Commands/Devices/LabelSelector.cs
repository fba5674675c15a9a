using System.Diagnostics.CodeAnalysis;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>
/// Names devices by their labels, in the syntax of Kubernetes' label selectors: <c>site=north,line in (a,b),env!=test,!retired,canary</c>. Every requirement must hold; <c>*</c> alone is
/// every device. A device without a label satisfies <c>!=</c> and <c>notin</c>. Names and values are compared as they are written.
/// </summary>
internal sealed class LabelSelector
{
    private readonly IReadOnlyList<LabelRequirement> _requirements;
    private readonly string _text;

    private LabelSelector(string text, IReadOnlyList<LabelRequirement> requirements) => (_text, _requirements) = (text, requirements);

    /// <summary>Reads a selector; the error says where it is none and what may stand there.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out LabelSelector? selector, [NotNullWhen(false)] out string? error)
    {
        selector = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            error = "A selector is missing. Write requirements such as site=north,line in (a,b),env!=test,!retired, or * for every device.";
        }
        else if (text.Length > Limits.SelectorCharsMax)
        {
            error = $"A selector has at most {Limits.SelectorCharsMax} characters.";
        }
        else if (text.Trim() == "*")
        {
            (selector, error) = (new LabelSelector(text, []), null);
        }
        else
        {
            var requirements = LabelSelectorParser.Parse(text, out error);
            selector = error is null ? new LabelSelector(text, requirements) : null;
        }

        return error is null;
    }

    /// <summary>Whether it names a device with these labels.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in _requirements)
        {
            if (!requirement.Holds(labels))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The selector as it was written.</summary>
    public override string ToString() => _text;
}

/// <summary>One requirement: a label is there, or not, or has one of some values, or has none of them.</summary>
/// <param name="Name">The label.</param>
/// <param name="Values">Its values; null where any is meant.</param>
/// <param name="Negated">Whether it must not be so.</param>
internal sealed record LabelRequirement(string Name, IReadOnlyCollection<string>? Values, bool Negated)
{
    public bool Holds(IReadOnlyDictionary<string, string> labels) =>
        Negated != (labels.TryGetValue(Name, out var value) && (Values is null || Values.Contains(value)));
}
