using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Configuration section <c>Gateway:Admission</c>: how many devices come in at once after an outage.</summary>
public sealed record AdmissionOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Gateway:Admission";

    private const int PerProcessor = 250;

    /// <summary>TLS handshakes under way at once on each port, 1 to 100,000. Others wait in order.</summary>
    public int HandshakesInFlight { get; init; } = 256;

    /// <summary>How long a connection waits for the first message of its handshake to be there, 1 s to 1 min.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a handshake may take from its turn on, 1 s to 1 min: a peer that says no more holds its place for so long.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection waits for its turn, 1 s to 5 min; devices give a connect 60 s.</summary>
    public TimeSpan TurnTimeout { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>Devices that are given a token each second, 0 to 100,000; 0 stands for 250 per processor.</summary>
    public int PerSecond { get; init; }

    /// <summary>Devices that are told their turn and kept in mind until they return, 1 to 1,000,000.</summary>
    public int ReservationsMax { get; init; } = 100_000;

    internal int Rate => PerSecond > 0 ? PerSecond : PerProcessor * Environment.ProcessorCount;
}

/// <summary>Says at start what is wrong with the options.</summary>
internal sealed class AdmissionOptionsValidator : IValidateOptions<AdmissionOptions>
{
    public ValidateOptionsResult Validate(string? name, AdmissionOptions options)
    {
        var result = new ValidateOptionsResultBuilder();
        Number(nameof(options.HandshakesInFlight), options.HandshakesInFlight, 1, 100_000);
        Number(nameof(options.PerSecond), options.PerSecond, 0, 100_000);
        Number(nameof(options.ReservationsMax), options.ReservationsMax, 1, 1_000_000);
        Time(nameof(options.HelloTimeout), options.HelloTimeout, TimeSpan.FromMinutes(1));
        Time(nameof(options.HandshakeTimeout), options.HandshakeTimeout, TimeSpan.FromMinutes(1));
        Time(nameof(options.TurnTimeout), options.TurnTimeout, TimeSpan.FromMinutes(5));
        return result.Build();

        void Number(string option, int value, int least, int most)
        {
            if (value < least || value > most)
            {
                result.AddError($"{AdmissionOptions.Section}:{option} is {value}. Write a number from {least} to {most}.");
            }
        }

        void Time(string option, TimeSpan value, TimeSpan most)
        {
            if (value < TimeSpan.FromSeconds(1) || value > most)
            {
                result.AddError($"{AdmissionOptions.Section}:{option} is {value}. Write a time from 1 s to {most.TotalSeconds} s.");
            }
        }
    }
}
