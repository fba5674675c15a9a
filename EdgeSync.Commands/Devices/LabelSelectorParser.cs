namespace EdgeSync.Commands;

/// <summary>Reads the requirements of a selector from left to right; the first thing that does not fit ends it with an error.</summary>
internal sealed class LabelSelectorParser
{
    private const string Allowed = "letters, digits and . _ / -";

    private readonly string _text;
    private int _at;
    private string? _error;

    private LabelSelectorParser(string text) => _text = text;

    /// <summary>The requirements; none of them count where there is an error.</summary>
    public static IReadOnlyList<LabelRequirement> Parse(string text, out string? error)
    {
        var parser = new LabelSelectorParser(text);
        var requirements = new List<LabelRequirement>();
        do
        {
            if (parser.ReadRequirement() is { } requirement)
            {
                requirements.Add(requirement);
            }
        }
        while (parser._error is null && parser.Take(","));

        if (!parser.IsAtEnd)
        {
            parser.Expect("a comma or the end");
        }

        error = parser._error;
        return requirements;
    }

    private bool IsAtEnd
    {
        get
        {
            SkipSpaces();
            return _at == _text.Length;
        }
    }

    private LabelRequirement? ReadRequirement()
    {
        var isAbsence = Take("!");
        if (ReadWord() is not { Length: > 0 } name)
        {
            return Expect($"the name of a label, of {Allowed}");
        }

        if (isAbsence || IsAtEnd || _text[_at] == ',')
        {
            return new LabelRequirement(name, null, isAbsence);
        }

        // Two characters before the one that they begin with.
        if (Take("!="))
        {
            return new LabelRequirement(name, [ReadWord()], Negated: true);
        }

        if (Take("==") || Take("="))
        {
            return new LabelRequirement(name, [ReadWord()], Negated: false);
        }

        return ReadWord() switch
        {
            "in" => ReadSet() is { } values ? new LabelRequirement(name, values, Negated: false) : null,
            "notin" => ReadSet() is { } values ? new LabelRequirement(name, values, Negated: true) : null,
            var word => Expect("=, !=, in (...), notin (...), a comma or the end", word.Length),
        };
    }

    private HashSet<string>? ReadSet()
    {
        if (!Take("("))
        {
            Expect("the values in parentheses, such as (a,b)");
            return null;
        }

        var values = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            if (ReadWord() is not { Length: > 0 } value)
            {
                Expect($"a value, of {Allowed}");
                return null;
            }

            values.Add(value);
        }
        while (Take(","));

        if (!Take(")"))
        {
            Expect($"a comma or ) after a value of {Allowed}");
            return null;
        }

        return values;
    }

    private string ReadWord()
    {
        SkipSpaces();
        var from = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '_' or '/' or '-'))
        {
            _at++;
        }

        return _text[from.._at];
    }

    private bool Take(string token)
    {
        SkipSpaces();
        var found = string.CompareOrdinal(_text, _at, token, 0, token.Length) == 0;
        _at += found ? token.Length : 0;
        return found;
    }

    private void SkipSpaces()
    {
        while (_at < _text.Length && _text[_at] == ' ')
        {
            _at++;
        }
    }

    private LabelRequirement? Expect(string what, int back = 0)
    {
        SkipSpaces();
        var at = _at - back;
        var found = at < _text.Length ? $"'{_text[at]}'" : "the end";
        _error ??= $"At character {at + 1} of the selector stands {found}; expected {what}. Labels with other characters than {Allowed} cannot be selected.";
        return null;
    }
}
