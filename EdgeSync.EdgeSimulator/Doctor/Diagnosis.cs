namespace EdgeSync.EdgeSimulator;

/// <summary>One thing that was looked at.</summary>
/// <param name="Subject">What.</param>
/// <param name="What">How it stands.</param>
/// <param name="Remedy">What to do; null when nothing is to be done.</param>
internal sealed record Diagnosis(string Subject, string What, string? Remedy = null)
{
    /// <summary>Whether nothing is to be done.</summary>
    public bool IsGood => Remedy is null;

    /// <summary>As it is printed: a mark, the subject, how it stands, and beneath it what to do.</summary>
    public string ToText() => $"{(IsGood ? "ok  " : "look")} {Subject}: {What}{(Remedy is null ? "" : $"\n       -> {Remedy}")}";
}
