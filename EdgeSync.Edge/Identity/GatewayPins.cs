using System.Security.Cryptography.X509Certificates;
using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>The pins in force, kept in the identity folder. Safe for several threads: handshakes read them while the agent changes them.</summary>
internal sealed class GatewayPins
{
    private readonly Lock _gate = new();
    private readonly DeviceId _device;
    private readonly X509Certificate2Collection _roots;
    private readonly IdentityFolder _folder;
    private List<PinNote> _notes = [];
    private volatile KnownPins _known;
    private volatile string? _shown;

    /// <exception cref="DeviceIdentityException">The kept statement cannot be used.</exception>
    public GatewayPins(DeviceId device, X509Certificate2Collection roots, IdentityFolder folder, IReadOnlyList<string> initial)
    {
        (_device, _roots, _folder) = (device, roots, folder);
        _known = folder.ReadPins(statement => SignedConfigReader.ReadPins(statement, device, roots)) ?? new KnownPins(initial, null);
    }

    public IReadOnlyList<string> Known => _known.Pins;

    /// <summary>The gateway has shown a key that was accepted.</summary>
    public void Saw(string pin) => _shown = pin;

    /// <summary>Takes pins that the fleet has signed; in force when this returns.</summary>
    /// <returns>Why they are not taken; null when they are.</returns>
    public string? Offer(string statement)
    {
        lock (_gate)
        {
            var refusal = TryTake(statement);
            if (refusal is not null)
            {
                _notes.Add(new PinNote("pins-refused", refusal));
            }

            return refusal;
        }
    }

    /// <summary>What became of the offers since the last call: configuration is offered inside a transaction of the device's file, which its log cannot be written in.</summary>
    public IReadOnlyList<PinNote> TakeNotes()
    {
        lock (_gate)
        {
            var notes = _notes;
            _notes = [];
            return notes;
        }
    }

    private string? TryTake(string statement)
    {
        try
        {
            var offered = SignedConfigReader.ReadPins(statement, _device, _roots);
            if (PinDecision.WhyNot(_known, offered, _shown) is { } reason)
            {
                return reason;
            }

            if (offered.SignedAt != _known.SignedAt || !offered.Pins.SequenceEqual(_known.Pins))
            {
                _folder.WritePins(statement);
                _known = offered;
                _notes.Add(new PinNote("pins", string.Join(", ", offered.Pins)));
            }

            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"It could not be kept: {e.Message}";
        }
    }
}

/// <summary>What became of an offer.</summary>
internal sealed record PinNote(string Event, string Detail);
