namespace EdgeSync.Gateway;

/// <summary>A file or folder of the configuration that cannot be used. The message says which setting, and what to change.</summary>
internal sealed class UnusableFileException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Runs what reads files, and answers what is wrong with them; null when nothing is.</summary>
    public static string? Of(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (UnusableFileException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether a file or folder could not be opened, as the file system says it.</summary>
    public static bool IsOfFiles(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;
}
