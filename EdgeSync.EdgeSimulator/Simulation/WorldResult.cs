namespace EdgeSync.EdgeSimulator;

/// <summary>What a check found.</summary>
/// <param name="Check">Which one.</param>
/// <param name="Sentence">What is wrong.</param>
/// <param name="Step">After how many steps.</param>
/// <param name="At">When, in the world's time.</param>
internal sealed record Finding(string Check, string Sentence, int Step, TimeSpan At);

/// <summary>How a world ended.</summary>
/// <param name="Settings">Which world.</param>
/// <param name="Found">What was found; null for nothing.</param>
/// <param name="Trace">SHA-256 of its trace.</param>
/// <param name="Lasted">How long it lasted, in its own time.</param>
/// <param name="Callbacks">Callbacks that ran.</param>
/// <param name="Requests">Requests that arrived.</param>
internal sealed record WorldResult(WorldSettings Settings, Finding? Found, string Trace, TimeSpan Lasted, long Callbacks, long Requests);
