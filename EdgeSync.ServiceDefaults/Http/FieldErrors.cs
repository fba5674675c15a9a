using EdgeSync.Protocol;

namespace EdgeSync.ServiceDefaults;

/// <summary>What is wrong with a request, a field each.</summary>
public sealed class FieldErrors
{
    private const int ErrorsMax = 20;

    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);

    /// <summary>Whether anything is.</summary>
    public bool Any => _errors.Count > 0;

    /// <summary>By field.</summary>
    public IReadOnlyDictionary<string, string> All => _errors;

    /// <summary>Adds an error; null is none. The first of a field stands, and enough are enough.</summary>
    public void Add(string field, string? error)
    {
        if (error is not null && _errors.Count < ErrorsMax)
        {
            _errors.TryAdd(field, error);
        }
    }

    /// <summary>The answer where one field alone is judged: 400 <c>validation</c> with its error.</summary>
    public static ProblemResult Refuse(string field, string error) => (ProblemTypes.Validation.With(error) with { Errors = new() { [field] = error } }).ToResult();

    /// <summary>The answer: 400 <c>validation</c> with the errors.</summary>
    public ProblemResult ToResult() =>
        (ProblemTypes.Validation.With($"Change what 'errors' says and send it again: {string.Join(", ", _errors.Keys)}.") with { Errors = _errors }).ToResult();
}
