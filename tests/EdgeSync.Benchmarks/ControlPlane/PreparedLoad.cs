using EdgeSync.Protocol;

namespace EdgeSync.Benchmarks;

/// <summary>A telemetry request's parts, whatever carries them.</summary>
/// <param name="Device">The sender.</param>
/// <param name="Header">The value of <see cref="Headers.Batch"/>.</param>
/// <param name="Body">Protobuf columns.</param>
internal sealed record PreparedBatch(DeviceId Device, string Header, byte[] Body);

/// <summary>The devices of a load, whose streams go on from one measurement to the next.</summary>
internal sealed class PreparedLoad(int devices, int seed)
{
    private readonly StreamState[] _streams = [.. SampleStream.Many(devices, seed).Select(stream => new StreamState(stream))];

    /// <summary>In the order in which senders take them.</summary>
    public IReadOnlyList<DeviceId> Devices => [.. _streams.Select(stream => stream.Device)];

    /// <summary>
    /// Encodes readings in batches, as many of each device, for a number of senders. A device belongs to one sender, which waits for each answer before the next request,
    /// so a stream's batches arrive in order.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<T>> Encode<T>(int readings, int readingsPerBatch, int senders, long sentAt, Func<PreparedBatch, T> request)
    {
        var perSender = Math.Max(1, (int)Math.Round((double)readings / readingsPerBatch / senders));
        return
        [
            .. Enumerable.Range(0, senders).Select(sender =>
            {
                var own = _streams.Where((_, i) => i % senders == sender).ToArray();
                return (IReadOnlyList<T>)[.. Enumerable.Range(0, perSender).Select(i => request(own[i % own.Length].Encode(readingsPerBatch, sentAt)))];
            }),
        ];
    }

    private sealed class StreamState(SampleStream stream)
    {
        private static readonly Boot Boot = new(1, 1);

        private Digest _digest = DigestChain.Origin(stream.Device, stream.Epoch);

        public DeviceId Device => stream.Device;

        public PreparedBatch Encode(int readings, long sentAt)
        {
            var builder = new TelemetryBatchBuilder(stream.Epoch, stream.Last + 1, _digest);
            for (var i = 0; i < readings; i++)
            {
                var reading = stream.Next();
                _digest = DigestChain.Next(_digest, reading);
                builder.Add(reading, _digest);
            }

            var batch = builder.Build(Boot, sentAt);
            return new PreparedBatch(stream.Device, BatchHeader.Of(batch, Lane.Live).ToString(), TelemetryCodec.EncodeProtobuf(batch));
        }
    }
}
