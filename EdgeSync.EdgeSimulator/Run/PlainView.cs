using System.Globalization;

namespace EdgeSync.EdgeSimulator;

/// <summary>Plain lines, one every few seconds: for logs, pipes and <c>--no-live</c>.</summary>
internal sealed class PlainView(TextWriter output) : IRunView
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private TimeSpan _next;
    private string _phase = "";

    public void Say(string sentence) => output.WriteLine(sentence);

    public void Show(string phase, TimeSpan elapsed, FleetStats fleet, int commandsIssued)
    {
        if (elapsed < _next && phase == _phase)
        {
            return;
        }

        _next = elapsed + Every;
        _phase = phase;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{elapsed.TotalSeconds,6:F1} s  {phase,-10} connected {fleet.Connected}/{fleet.Devices}  produced {fleet.Produced}  pending {fleet.Pending}  batches {fleet.Batches} (resent {fleet.ResentBatches})  commands {commandsIssued}  errors {fleet.Errors.Values.Sum()}"));
    }
}
