using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The single row that says whose file it is, how often the program has started, and what it knows of the control plane.</summary>
internal sealed class StateStore(DeviceDatabase database, DeviceId device)
{
    private const string SelectSql = "SELECT device, boot, live_epoch, config_epoch, config_version, file_epoch FROM device_state";

    /// <summary>Written before an upload where commits do not wait for the disk.</summary>
    public const string DurableMarkSql = "UPDATE device_state SET durable_mark = durable_mark + 1";

    /// <summary>Takes the file for this device and counts the start.</summary>
    /// <exception cref="DeviceDatabaseException">The file belongs to another device.</exception>
    public DeviceStateRow Begin(Entropy entropy, long now) => database.Write(() =>
    {
        if (Select() is { } state)
        {
            if (state.Device != device.ToString())
            {
                throw new DeviceDatabaseException(
                    $"The file {database.Path} belongs to device {state.Device}, not to {device}. Give each device its own file, or set Device to the one it belongs to.");
            }

            database.Statement("UPDATE device_state SET boot = boot + 1").Execute();
            return state with { BootNumber = state.BootNumber + 1 };
        }

        var epoch = entropy.DrawEpoch();
        var configEpoch = entropy.DrawEpoch();
        var origin = DigestChain.Origin(device, epoch).ToArray();
        database.Statement("INSERT INTO device_state (id, device, boot, live_epoch, config_epoch, file_epoch) VALUES (1, ?1, 1, ?2, ?3, ?2)")
            .Execute(device.ToString(), epoch.Value, configEpoch.Value);
        database.Statement(
            """
            INSERT INTO streams (epoch, ordinal, head, head_digest, acked, acked_digest, retained_after_digest, opened_at, reason)
            VALUES (?1, 1, 0, ?2, 0, ?2, ?2, ?3, 'first start')
            """).Execute(epoch.Value, origin, now);
        return new DeviceStateRow(device.ToString(), 1, epoch, configEpoch, 0, epoch);
    });

    public DeviceStateRow Read() => database.Read(Select)!;

    /// <summary>Takes a boot number above both; another run was seen with the one we had, so this file is an older copy, whose counts of configuration writes were used too.</summary>
    public long RaiseBoot(long seen, Epoch configEpoch) => database.Write(() =>
    {
        database.Statement("UPDATE device_state SET boot = MAX(boot, ?1) + 1, config_epoch = ?2").Execute(seen, configEpoch.Value);
        return database.Statement("SELECT boot FROM device_state").Number()!.Value;
    });

    /// <summary>See <see cref="DeviceDatabase.MakeDurable"/>.</summary>
    public void MakeDurable() => database.MakeDurable(DurableMarkSql);

    private DeviceStateRow? Select()
    {
        using var reader = database.Statement(SelectSql).Read();
        return reader.Read()
            ? new DeviceStateRow(reader.GetString(0), reader.GetInt64(1), reader.GetEpoch(2), reader.GetEpoch(3), reader.GetInt64(4), reader.GetEpoch(5))
            : null;
    }
}

/// <summary>Where the file stands.</summary>
/// <param name="Device">Whose it is.</param>
/// <param name="BootNumber">How often the program has started.</param>
/// <param name="LiveEpoch">The stream that new readings go to.</param>
/// <param name="ConfigEpoch">The device's name as a writer of its configuration.</param>
/// <param name="ConfigVersion">The configuration's version that it was told of.</param>
/// <param name="FileEpoch">The file's history: another one when the file is new, or went back in time.</param>
internal sealed record DeviceStateRow(string Device, long BootNumber, Epoch LiveEpoch, Epoch ConfigEpoch, long ConfigVersion, Epoch FileEpoch);
