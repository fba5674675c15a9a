namespace EdgeSync.Gateway;

/// <summary>A file as its folder lists it: another time or length means another content.</summary>
internal sealed record ListedFile(string Path, DateTimeOffset WrittenAt, long Bytes)
{
    /// <summary>Without its folder and extension.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public static ListedFile Of(FileInfo file) => new(file.FullName, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero), file.Length);
}
