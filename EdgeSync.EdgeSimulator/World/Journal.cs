using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>
/// What the world saw, written by the sensors, the actuators and the operators themselves, apart from the code under test: the audit's own truth. One text file a
/// process; each line is handed to the operating system before the call returns, so a killed process loses none, and a torn last line is ignored.
/// </summary>
/// <remarks>
/// Tab-separated: <c>P device call sensor recorded_at value-bits payload</c> before a reading is given to the device, <c>A device call epoch first stored</c> once
/// the device has acknowledged that call; <c>E device command</c> when a command took effect; <c>O device key</c> before a command is issued,
/// <c>I device key command</c> once it was; <c>K device call key value</c> before a panel writes configuration, <c>D device call entry</c> once the device has
/// acknowledged that call, with <c>-</c> for a deletion's value; <c>W</c> and <c>C</c> the same for each attempt of an operator and the control plane's answer;
/// <c>R device</c> when its file was replaced by an older copy.
/// </remarks>
internal sealed class Journal : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private long _call;

    public Journal(string folder, string writer, TimeProvider time)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{writer}-{time.GetUtcNow():yyyyMMddHHmmssfff}-{Environment.ProcessId}.journal");
        _file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Before readings are given to a device; returns the call's number for <see cref="Acknowledged"/>.</summary>
    public long Producing(int device, IReadOnlyList<Reading> readings)
    {
        var call = Interlocked.Increment(ref _call);
        var lines = new StringBuilder();
        foreach (var reading in readings)
        {
            var bits = reading.Value is { } value ? BitConverter.DoubleToInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture) : "-";
            lines.Append(CultureInfo.InvariantCulture, $"P\t{device}\t{call}\t{reading.Sensor}\t{reading.RecordedAt}\t{bits}\t{reading.Payload ?? "-"}\n");
        }

        Write(lines.ToString());
        return call;
    }

    /// <summary>Once a device has acknowledged a call.</summary>
    public void Acknowledged(int device, long call, Epoch epoch, long first, int stored) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"A\t{device}\t{call}\t{epoch}\t{first}\t{stored}\n"));

    /// <summary>When a command takes effect.</summary>
    public void Effect(int device, CommandId command) => Write(string.Create(CultureInfo.InvariantCulture, $"E\t{device}\t{command}\n"));

    /// <summary>Before a command is issued.</summary>
    public void Issuing(int device, string key) => Write(string.Create(CultureInfo.InvariantCulture, $"O\t{device}\t{key}\n"));

    /// <summary>Once the control plane has answered.</summary>
    public void Issued(int device, string key, CommandId command) => Write(string.Create(CultureInfo.InvariantCulture, $"I\t{device}\t{key}\t{command}\n"));

    /// <summary>Before a panel writes a key, or deletes it; returns the call's number for <see cref="PanelWrote"/>.</summary>
    public long PanelWriting(int device, string key, JsonValue? value) => Writing('K', device, key, value);

    /// <summary>Once the device has acknowledged the write.</summary>
    public void PanelWrote(int device, long call, ConfigEntry entry) => Wrote('D', device, call, entry);

    /// <summary>Before each attempt of an operator to write a key, or to delete it; returns the call's number for <see cref="OperatorWrote"/>.</summary>
    public long OperatorWriting(int device, string key, JsonValue? value) => Writing('W', device, key, value);

    /// <summary>Once the control plane has answered with what was written. Its answer to a deletion does not say.</summary>
    public void OperatorWrote(int device, long call, ConfigEntry entry) => Wrote('C', device, call, entry);

    /// <summary>When a device's file is replaced by an older copy.</summary>
    public void RolledBack(int device) => Write(string.Create(CultureInfo.InvariantCulture, $"R\t{device}\n"));

    public void Dispose() => _file.Dispose();

    private long Writing(char kind, int device, string key, JsonValue? value)
    {
        var call = Interlocked.Increment(ref _call);
        Write(string.Create(CultureInfo.InvariantCulture, $"{kind}\t{device}\t{call}\t{key}\t{value?.Text ?? "-"}\n"));
        return call;
    }

    private void Wrote(char kind, int device, long call, ConfigEntry entry) =>
        Write(string.Create(CultureInfo.InvariantCulture, $"{kind}\t{device}\t{call}\t{JsonSerializer.Serialize(entry, ProtocolJson.Default.ConfigEntry)}\n"));

    private void Write(string lines)
    {
        var bytes = Encoding.UTF8.GetBytes(lines);
        lock (_lock)
        {
            _file.Write(bytes);
        }
    }
}
