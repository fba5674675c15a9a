using EdgeSync.Protocol;
using EdgeSync.Testing;

namespace EdgeSync.Benchmarks;

/// <summary>The devices of a load, whose streams go on from one measurement to the next.</summary>
internal sealed class PreparedLoad(int devices, int seed)
{
    private readonly StreamState[] _streams = [.. SampleStream.Many(devices, seed).Select(stream => new StreamState(stream))];

    /// <summary>
    /// Encodes readings in batches, as many of each device, for a number of senders. A device belongs to one sender, which waits for each answer before the next request,
    /// so a stream's batches arrive in order.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<H2cRequest>> Encode(int readings, int readingsPerBatch, int senders, long sentAt)
    {
        var perSender = Math.Max(1, (int)Math.Round((double)readings / readingsPerBatch / senders));
        return
        [
            .. Enumerable.Range(0, senders).Select(sender =>
            {
                var own = _streams.Where((_, i) => i % senders == sender).ToArray();
                return (IReadOnlyList<H2cRequest>)[.. Enumerable.Range(0, perSender).Select(i => own[i % own.Length].Encode(readingsPerBatch, sentAt))];
            }),
        ];
    }

    private sealed class StreamState(SampleStream stream)
    {
        private static readonly Boot Boot = new(1, 1);

        private readonly string _token = TestTokens.Shared.ForDevice(stream.Device);
        private Digest _digest = DigestChain.Origin(stream.Device, stream.Epoch);

        public H2cRequest Encode(int readings, long sentAt)
        {
            var builder = new TelemetryBatchBuilder(stream.Epoch, stream.Last + 1, _digest);
            for (var i = 0; i < readings; i++)
            {
                var reading = stream.Next();
                _digest = DigestChain.Next(_digest, reading);
                builder.Add(reading, _digest);
            }

            var batch = builder.Build(Boot, sentAt);
            return H2cRequest.Encode(_token, BatchHeader.Of(batch, Lane.Live).ToString(), TelemetryCodec.EncodeProtobuf(batch));
        }
    }
}
