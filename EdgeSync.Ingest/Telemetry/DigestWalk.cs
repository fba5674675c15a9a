using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>What accounts for the numbers From to To: a stored reading, or a refusal or gap that brings D(To) with it.</summary>
internal readonly record struct ChainLink(long From, long To, Reading? Reading, Digest? Digest);

/// <summary>Follows the chain from a known digest through stored entries. Pure.</summary>
internal static class DigestWalk
{
    /// <summary>D at each position; null inside a gap and where entries are missing, until a refusal or a gap's end brings the chain back.</summary>
    /// <param name="number">Where the chain is known.</param>
    /// <param name="digest">D there.</param>
    /// <param name="links">Entries after it, in the order of their numbers.</param>
    /// <param name="positions">Ascending, none below <paramref name="number"/>.</param>
    public static IEnumerable<PositionDigest> At(long number, Digest digest, IReadOnlyList<ChainLink> links, IEnumerable<long> positions)
    {
        Digest? known = digest;
        var next = 0;
        foreach (var position in positions)
        {
            for (; next < links.Count && links[next].To <= position; next++)
            {
                var link = links[next];
                known = link.Digest
                    ?? (link.From == number + 1 && known is { } before && link.Reading is { } reading ? DigestChain.Next(before, reading) : null);
                number = link.To;
            }

            yield return new PositionDigest(position, number == position ? known : null);
        }
    }
}
