using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace EdgeSync.Testing;

/// <summary>Listens to instruments of this process, and compares each of them and each of its measurements with the table.</summary>
public sealed class MeasuredMetrics : IDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrentBag<string>> _measured = new();
    private readonly ConcurrentDictionary<string, byte> _wrong = new();
    private readonly ConcurrentDictionary<string, byte> _published = new();
    private readonly MeterListener _listener = new();

    /// <param name="which">The meters to listen to: those of one host are told by their scope.</param>
    public MeasuredMetrics(Func<Meter, bool> which)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (which(instrument.Meter))
            {
                _published[instrument.Name] = 0;
                Complain(MetricsDocument.WhatIsWrong(instrument));
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Instruments that there are.</summary>
    public IReadOnlyCollection<string> Published => [.. _published.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Instruments that measured something.</summary>
    public IReadOnlyCollection<string> Measured => [.. _measured.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Where code and table differ; a sentence each.</summary>
    public IReadOnlyCollection<string> Wrong => [.. _wrong.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What an instrument measured, in order of its text: the value, then <c>key=value</c> for each attribute.</summary>
    public IReadOnlyList<string> Of(string metric) => _measured.TryGetValue(metric, out var bag) ? [.. bag.Order(StringComparer.Ordinal)] : [];

    /// <summary>Asks the gauges.</summary>
    public void Collect() => _listener.RecordObservableInstruments();

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Complain(MetricsDocument.WhatIsWrong(instrument.Name, tags));
        var text = FormattableString.Invariant($"{value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}");
        _measured.GetOrAdd(instrument.Name, static _ => []).Add(text);
    }

    private void Complain(string? wrong)
    {
        if (wrong is not null)
        {
            _wrong[wrong] = 0;
        }
    }
}
