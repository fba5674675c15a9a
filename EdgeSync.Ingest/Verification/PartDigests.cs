using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>The digests of a range's parts, over readings that come in the order of their numbers. Pure.</summary>
internal sealed class PartDigests : IDisposable
{
    private readonly NumberRange[] _parts;
    private readonly byte[] _digests;
    private readonly RangeDigest _digest = new();
    private int _part;

    public PartDigests(VerifyRange range)
    {
        _parts = [.. range.Split()];
        _digests = new byte[_parts.Length * RangeDigest.Bytes];
    }

    public void Add(in EntryRow row)
    {
        FinishBefore(row.Number);
        _digest.Add(row.Number, row.Reading);
    }

    public byte[] Finish()
    {
        FinishBefore(long.MaxValue);
        return _digests;
    }

    public void Dispose() => _digest.Dispose();

    private void FinishBefore(long number)
    {
        for (; _part < _parts.Length && _parts[_part].To < number; _part++)
        {
            _digest.Finish(_digests.AsSpan(_part * RangeDigest.Bytes));
        }
    }
}
