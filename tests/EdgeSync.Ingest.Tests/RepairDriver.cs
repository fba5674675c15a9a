using System.Net.Http.Headers;
using EdgeSync.Protocol;

namespace EdgeSync.Ingest.Tests;

/// <summary>What a device does to verify and repair, with the test's own hands: it has everything that it produced.</summary>
internal sealed class RepairDriver(IngestHost host, TestDevice device)
{
    /// <summary>Numbers that the device has given up, as it sent them.</summary>
    public IReadOnlyList<(long From, long To)> Gaps { get; init; } = [];

    /// <summary>Numbers in parts whose digests differ, narrowed down to one each.</summary>
    public async Task<IReadOnlyList<long>> FindAsync(long from, long to)
    {
        var (found, left) = (new List<long>(), new Queue<NumberRange>([new NumberRange(from, to)]));
        while (left.TryDequeue(out var range))
        {
            var asked = new VerifyRange(range.From, range.To, 16);
            var answer = await VerifyAsync(asked);
            Assert.True(answer.Floor < from && answer.Watermark >= to, $"{answer}");
            var verified = Assert.Single(answer.Ranges);
            foreach (var (i, part) in asked.Split().Index())
            {
                if (!Own(part, verified.Unstored).AsSpan().SequenceEqual(verified.Digests.AsSpan(i * RangeDigest.Bytes, RangeDigest.Bytes)))
                {
                    if (part.Count() == 1)
                    {
                        found.Add(part.From);
                    }
                    else
                    {
                        left.Enqueue(part);
                    }
                }
            }
        }

        return [.. found.Order()];
    }

    public async Task<VerifyAnswer> VerifyAsync(params VerifyRange[] ranges)
    {
        using var response = await host.PostAsync(device, Routes.TelemetryVerify, new VerifyQuery(device.Epoch, ranges));
        return await response.ReadAsync(ProtocolJson.Default.VerifyAnswer);
    }

    /// <summary>Sends these numbers, as readings or as the gaps that they are.</summary>
    public async Task<RepairAnswer> RepairAsync(params long[] numbers)
    {
        using var response = await SendAsync(Repair(numbers));
        return await response.ReadAsync(ProtocolJson.Default.RepairAnswer);
    }

    /// <summary>Repairs whatever differs, some blocks at a time.</summary>
    public async Task HealAsync(long from, long to)
    {
        foreach (var blocks in (await FindAsync(from, to)).GroupBy(number => (number - 1) / Limits.CheckpointInterval).Chunk(Limits.RepairBlocksMax))
        {
            Assert.Empty((await RepairAsync([.. blocks.SelectMany(block => block)])).Refused);
        }
    }

    public TelemetryRepair Repair(IEnumerable<long> numbers, params PositionDigest[] witnesses) => new(
        device.Epoch,
        [.. numbers.Select(number => Gaps.FirstOrDefault(gap => gap.From <= number && number <= gap.To)).Zip(numbers).Distinct().Select(pair =>
            pair.First == default ? device.Batch(pair.Second, pair.Second) : device.Batch(pair.First.From, pair.First.To, pair.First)).DistinctBy(run => run.First)],
        witnesses);

    public PositionDigest Witness(long number) => new(number, device.DigestAt(number));

    public async Task<HttpResponseMessage> SendAsync(TelemetryRepair repair)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Routes.TelemetryRepair) { Content = new ByteArrayContent(TelemetryCodec.EncodeProtobuf(repair)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(Headers.ProtobufMediaType);
        return await host.SendAsync(device, request);
    }

    private byte[] Own(NumberRange part, IReadOnlyList<NumberRange> unstored)
    {
        using var digest = new RangeDigest();
        for (var number = part.From; number <= part.To; number++)
        {
            if (unstored.Any(range => range.Contains(number)))
            {
                continue;
            }

            if (Gaps.Any(gap => gap.From <= number && number <= gap.To))
            {
                digest.AddGap(number, number);
            }
            else
            {
                digest.Add(number, device.ReadingAt(number));
            }
        }

        var bytes = new byte[RangeDigest.Bytes];
        digest.Finish(bytes);
        return bytes;
    }
}
