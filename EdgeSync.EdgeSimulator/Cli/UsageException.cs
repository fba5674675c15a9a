namespace EdgeSync.EdgeSimulator;

/// <summary>The user asked for something that cannot be: one sentence that says what to change, exit code 2, no stack trace.</summary>
public sealed class UsageException : Exception
{
    public UsageException(string message) : base(message)
    {
    }

    public UsageException(string message, Exception inner) : base(message, inner)
    {
    }
}
