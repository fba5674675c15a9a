namespace EdgeSync.Edge;

/// <summary>
/// Room on the disk that is kept back in a file of its own: deleted when the disk is full, so that the agent can still commit, and made again when there is room.
/// </summary>
internal sealed class EmergencyReserve(string databasePath, int bytes)
{
    private readonly string _path = databasePath + "-reserve";

    public bool IsReleased { get; private set; }

    /// <summary>Gives the room to whoever asks for it next.</summary>
    public void Release()
    {
        IsReleased = true;
        File.Delete(_path);
    }

    /// <summary>Takes the room back if the disk has several times as much.</summary>
    /// <returns>Whether it is there, or is not wanted.</returns>
    public bool TryRestore()
    {
        if (bytes == 0)
        {
            IsReleased = false;
            return true;
        }

        try
        {
            if (File.Exists(_path) && new FileInfo(_path).Length == bytes)
            {
                IsReleased = false;
                return true;
            }

            if (FreeBytes() < 3L * bytes)
            {
                return false;
            }

            // Written, since a file of holes keeps nothing back.
            File.WriteAllBytes(_path, new byte[bytes]);
            IsReleased = false;
            return true;
        }
        catch (IOException)
        {
            File.Delete(_path);
            return false;
        }
    }

    /// <summary>Left on the disk; null where the file system does not tell.</summary>
    public long? FreeBytes()
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(databasePath)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
