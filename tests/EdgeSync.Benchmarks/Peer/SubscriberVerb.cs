using System.Globalization;
using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Protocol;
using Npgsql;

namespace EdgeSync.Benchmarks;

/// <summary>
/// <c>subscriber</c>, which the benchmark runs as a process of its own: takes messages from the broker and writes them in groups, by writers that work side by side, and confirms each message when its group has committed.
/// Says how many readings it has stored so far, a line for each group. Ends when its input closes.
/// </summary>
internal static class SubscriberVerb
{
    public const string Name = "subscriber";

    /// <summary>The environment variable with the database's connection string: arguments can be read by everybody.</summary>
    public const string Database = "ConnectionStrings__edgesync";

    private const int Writers = 2;
    private const int RowsMax = 5_000;
    private const int WaitingMax = 20_000;
    private static readonly TimeSpan ReconnectEvery = TimeSpan.FromMilliseconds(100);

    public static async Task<int> InvokeAsync(int brokerPort)
    {
        using var ending = new CancellationTokenSource();
        await using var database = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable(Database)!);
        var messages = Channel.CreateBounded<MqttApplicationMessageReceivedEventArgs>(WaitingMax);
        using var client = new MqttClientFactory().CreateMqttClient();
        client.ApplicationMessageReceivedAsync += async message =>
        {
            message.AutoAcknowledge = false;
            await messages.Writer.WriteAsync(message, ending.Token);
        };
        var stored = 0L;
        var writing = Enumerable.Range(0, Writers).Select(_ => WriteAsync(database, messages.Reader, rows => Console.WriteLine(Interlocked.Add(ref stored, rows)), ending.Token)).ToList();
        writing.Add(StayConnectedAsync(client, brokerPort, ending.Token));
        await Console.In.ReadToEndAsync(CancellationToken.None);
        await ending.CancelAsync();
        await Task.WhenAll(writing).ContinueWith(_ => { }, TaskScheduler.Default);
        return 0;
    }

    private static async Task StayConnectedAsync(IMqttClient client, int port, CancellationToken ct)
    {
        var options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId(Name).WithCleanStart(false).WithSessionExpiryInterval(uint.MaxValue)
            .WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).WithReceiveMaximum(ushort.MaxValue).Build();
        while (true)
        {
            if (!client.IsConnected)
            {
                try
                {
                    await client.ConnectAsync(options, ct);
                    await client.SubscribeAsync(PeerMessage.Topics, MqttQualityOfServiceLevel.AtLeastOnce, ct);
                    Console.WriteLine(0);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // The broker is away; it comes back.
                }
            }

            await Task.Delay(ReconnectEvery, TimeProvider.System, ct);
        }
    }

    private static async Task WriteAsync(NpgsqlDataSource database, ChannelReader<MqttApplicationMessageReceivedEventArgs> messages, Action<int> stored, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var insert = await PeerGroup.PrepareAsync(connection, mayBeThere: false, ct);
        await using var insertNew = await PeerGroup.PrepareAsync(connection, mayBeThere: true, ct);
        var group = new PeerGroup();
        var taken = new List<MqttApplicationMessageReceivedEventArgs>();
        while (await messages.WaitToReadAsync(ct))
        {
            while (group.Rows < RowsMax && messages.TryRead(out var message))
            {
                PeerMessage.Decode(PeerMessage.DeviceOf(message.ApplicationMessage.Topic), message.ApplicationMessage.Payload, group);
                group.MayBeThere |= message.ApplicationMessage.Dup;
                taken.Add(message);
            }

            if (group.Rows > 0)
            {
                await group.WriteAsync(group.MayBeThere ? insertNew : insert, ct);
                stored(group.Rows);
                await ConfirmAsync(taken, ct);
                group.Clear();
                taken.Clear();
            }
        }
    }

    private static async Task ConfirmAsync(List<MqttApplicationMessageReceivedEventArgs> messages, CancellationToken ct)
    {
        try
        {
            foreach (var message in messages)
            {
                await message.AcknowledgeAsync(ct);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The broker went away: what it remembers it sends again, and the rows are there.
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"The subscriber could not confirm: {e.Message}"));
        }
    }
}
