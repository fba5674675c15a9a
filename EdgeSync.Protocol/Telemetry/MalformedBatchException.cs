namespace EdgeSync.Protocol;

/// <summary>A body that is no telemetry batch: its bytes do not parse, or its columns do not fit together.</summary>
public sealed class MalformedBatchException : Exception
{
    /// <summary>With nothing said.</summary>
    public MalformedBatchException()
    {
    }

    /// <summary>Says what does not fit.</summary>
    public MalformedBatchException(string message) : base(message)
    {
    }

    /// <summary>Says what does not fit, and what a parser said.</summary>
    public MalformedBatchException(string message, Exception inner) : base(message, inner)
    {
    }
}
