namespace EdgeSync.EdgeSimulator.Tests;

public sealed class RecordingTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("edgesync-recording-");

    private string File => Path.Combine(_directory.FullName, "recording.csv");

    [Fact]
    public void Every_numeric_column_is_a_sensor_and_an_empty_cell_is_no_reading()
    {
        var recording = Read("timestamp,temperature,site,load\n2026-01-01 00:00:00,1.5,north,\n2026-01-01T00:05:00Z,-2e3,south,7\n");

        Assert.Equal(["temperature", "load"], recording.Sensors);
        Assert.Equal([[1.5, null], [-2000.0, 7.0]], recording.Rows);
    }

    [Fact]
    public void Numbers_keep_every_bit()
    {
        var recording = Read("t,v\n2026-01-01,0.1\n2026-01-02,4.9406564584124654E-324\n2026-01-03,73.96732206899998\n");

        Assert.Equal([0.1, double.Epsilon, 73.96732206899998], recording.Rows.Select(row => row[0]!.Value));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("timestamp\n2026-01-01\n", "it needs a header, a timestamp column and at least one numeric column")]
    [InlineData("timestamp,value\n", "has no rows")]
    [InlineData("timestamp,name\n2026-01-01,north\n", "has no numeric column")]
    [InlineData("timestamp,value\n2026-01-01,1\n2026-01-02,north\n", "has no numeric column")]
    [InlineData("timestamp,value\n2026-01-01,Infinity\n", "has no numeric column")]
    [InlineData("timestamp,value\n2026-01-01,1\nyesterday,2\n", "line 3: 'yesterday' in the first column is no timestamp")]
    [InlineData("timestamp,\n2026-01-01,1\n", "column 2 cannot be a sensor's name (sensor-empty)")]
    public void What_is_no_recording_is_one_sentence(string text, string sentence)
    {
        var wrong = Assert.Throws<UsageException>(() => Read(text)).Message;

        Assert.StartsWith($"--replay {File}", wrong, StringComparison.Ordinal);
        Assert.Contains(sentence, wrong, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong);
    }

    [Fact]
    public void A_missing_file_is_one_sentence() => Assert.Contains("cannot be read", Assert.Throws<UsageException>(() => Recording.Read(File)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_folder_is_no_recording() => Assert.Contains("cannot be read", Assert.Throws<UsageException>(() => Recording.Read(_directory.FullName)).Message, StringComparison.Ordinal);

    [Fact]
    public void Devices_begin_at_different_rows_and_begin_again_at_the_end()
    {
        var signal = new RecordedSignal(Read("t,v\n2026-01-01,0\n2026-01-02,1\n2026-01-03,2\n"));

        Assert.Equal([0.0, 1.0, 2.0, 0.0], Enumerable.Range(0, 4).Select(index => Assert.Single(signal.At(0, index, 5)).Value!.Value));
        Assert.NotEqual(signal.At(0, 0, 5)[0].Value, signal.At(1, 0, 5)[0].Value);
        Assert.Equal(5, signal.At(1, 0, 5)[0].RecordedAt);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private Recording Read(string text)
    {
        System.IO.File.WriteAllText(File, text);
        return Recording.Read(File);
    }
}
