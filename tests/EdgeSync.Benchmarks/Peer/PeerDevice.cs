using System.Buffers;
using EdgeSync.Protocol;
using Microsoft.Data.Sqlite;
using MQTTnet;
using MQTTnet.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>A device that keeps its readings in a SQLite file and publishes them, each message when the broker has confirmed the one before.</summary>
internal sealed class PeerDevice : IAsyncDisposable
{
    private const int PageRows = 500;

    private readonly SampleStream _stream;
    private readonly SqliteConnection _file;
    private readonly SqliteCommand _page;
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private long _sent;

    private PeerDevice(SampleStream stream, string path)
    {
        _stream = stream;
        _file = new SqliteConnection($"Data Source={path};Pooling=False");
        _file.Open();
        Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE readings (seq INTEGER PRIMARY KEY, sensor INTEGER NOT NULL, recorded_at INTEGER NOT NULL, value REAL NOT NULL)");
        _page = _file.CreateCommand();
        _page.CommandText = "SELECT sensor, recorded_at, value FROM readings WHERE seq > $sent ORDER BY seq LIMIT $count";
        _page.Parameters.Add(new SqliteParameter("$sent", 0L));
        _page.Parameters.Add(new SqliteParameter("$count", PageRows));
    }

    public DeviceId Device => _stream.Device;

    /// <summary>The last reading that the broker has confirmed.</summary>
    public long Confirmed { get; private set; }

    public static async Task<PeerDevice> ConnectAsync(SampleStream stream, string path, Mosquitto broker, CancellationToken ct)
    {
        var device = new PeerDevice(stream, path);
        await device.ConnectAsync(broker, ct);
        return device;
    }

    /// <summary>Also after the broker was away.</summary>
    public Task ConnectAsync(Mosquitto broker, CancellationToken ct) => _client.IsConnected ? Task.CompletedTask : _client.ConnectAsync(
        new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker.Port).WithClientId(_stream.Device.ToString()).WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).Build(), ct);

    /// <summary>What was under way when the broker was killed was never confirmed, and is not published again.</summary>
    public void ForgetUnderWay() => Confirmed = _sent;

    /// <summary>Puts readings into its file.</summary>
    public void Store(int count)
    {
        using var transaction = _file.BeginTransaction();
        using var insert = _file.CreateCommand();
        insert.CommandText = "INSERT INTO readings (seq, sensor, recorded_at, value) VALUES ($seq, $sensor, $at, $value)";
        foreach (var name in (string[])["$seq", "$sensor", "$at", "$value"])
        {
            insert.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        for (var i = 0; i < count; i++)
        {
            var reading = _stream.Next();
            insert.Parameters[0].Value = _stream.Last;
            insert.Parameters[1].Value = SampleStream.IndexOf(reading.Sensor);
            insert.Parameters[2].Value = reading.RecordedAt;
            insert.Parameters[3].Value = reading.Value!.Value;
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Publishes what is in its file and was not published before, at QoS 1.</summary>
    public async Task PublishAsync(int readingsPerMessage, CancellationToken ct)
    {
        var topic = PeerMessage.TopicOf(_stream.Device);
        while (ReadPage() is { Count: > 0 } page)
        {
            foreach (var part in page.Chunk(readingsPerMessage))
            {
                var message = new MqttApplicationMessage
                {
                    Topic = topic,
                    Payload = new ReadOnlySequence<byte>(PeerMessage.Encode(new PeerReadings(_sent + 1, part))),
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                };
                _sent += part.Length;
                await _client.PublishAsync(message, ct);
                Confirmed = _sent;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _page.Dispose();
        await _file.DisposeAsync();
    }

    private List<(byte Sensor, long RecordedAt, double Value)> ReadPage()
    {
        _page.Parameters[0].Value = _sent;
        using var reader = _page.ExecuteReader();
        var rows = new List<(byte, long, double)>(PageRows);
        while (reader.Read())
        {
            rows.Add((reader.GetByte(0), reader.GetInt64(1), reader.GetDouble(2)));
        }

        return rows;
    }

    private void Execute(string sql)
    {
        using var command = _file.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
