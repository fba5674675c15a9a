namespace EdgeSync.EdgeSimulator;

/// <summary>A device's file through kills and power cuts: each run has its own copy, so that the connection of a dead one can tidy up nothing.</summary>
internal sealed class DeviceFiles(string folder)
{
    private const string Log = "-wal";
    private int _run;

    /// <summary>The file of the present run.</summary>
    public string Path => PathOf(_run);

    /// <summary>Bytes of a file and its log.</summary>
    internal sealed record Copy(byte[] File, byte[] Log);

    /// <summary>What is on the disk at this moment; null before there is a file.</summary>
    public Copy? Read() => File.Exists(Path) ? new Copy(ReadBytes(Path), File.Exists(Path + Log) ? ReadBytes(Path + Log) : []) : null;

    /// <summary>The next run gets this.</summary>
    public void Continue(Copy? copy)
    {
        _run++;
        if (copy is not null)
        {
            File.WriteAllBytes(Path, copy.File);
            if (copy.Log.Length > 0)
            {
                File.WriteAllBytes(Path + Log, copy.Log);
            }
        }
    }

    /// <summary>As a power cut may leave it: the log ends in a write that was not finished.</summary>
    public static Copy Tear(Copy copy, Random random)
    {
        const int FrameBytes = 24 + 4_096;
        var torn = new byte[random.Next(2 * FrameBytes)];
        random.NextBytes(torn);
        if (random.Next(2) == 0)
        {
            // Its beginning may be right: that of a frame which is there already.
            var last = copy.Log.AsSpan(Math.Max(0, copy.Log.Length - FrameBytes));
            last[..Math.Min(last.Length, random.Next(torn.Length + 1))].CopyTo(torn);
        }

        return copy.Log.Length == 0 ? copy : copy with { Log = [.. copy.Log, .. torn] };
    }

    private string PathOf(int run) => System.IO.Path.Combine(folder, FormattableString.Invariant($"device-{run}.db"));

    private static byte[] ReadBytes(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
