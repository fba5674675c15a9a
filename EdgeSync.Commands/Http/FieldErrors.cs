using EdgeSync.Protocol;
using EdgeSync.ServiceDefaults;

namespace EdgeSync.Commands;

/// <summary>What is wrong with a request, a field each.</summary>
internal sealed class FieldErrors
{
    private const int ErrorsMax = 20;

    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    public IReadOnlyDictionary<string, string> All => _errors;

    /// <summary>Adds an error; null is none. The first of a field stands, and enough are enough.</summary>
    public void Add(string field, string? error)
    {
        if (error is not null && _errors.Count < ErrorsMax)
        {
            _errors.TryAdd(field, error);
        }
    }

    public ProblemResult ToResult() =>
        (ProblemTypes.Validation.With($"Change what 'errors' says and send it again: {string.Join(", ", _errors.Keys)}.") with { Errors = _errors }).ToResult();
}
