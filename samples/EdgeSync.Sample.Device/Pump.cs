namespace EdgeSync.Sample.Device;

/// <summary>The machine, as its program sees it. Here it is pretended: in a device this is where buses and drivers are spoken to.</summary>
internal sealed class Pump(TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _valve = 50;
    private bool _isBoosted;

    /// <summary>How far the valve is open, 0 to 100 %.</summary>
    public double Valve
    {
        get
        {
            lock (_lock)
            {
                return _valve;
            }
        }
    }

    /// <summary>Whether it runs in the mode <c>boost</c>.</summary>
    public bool IsBoosted
    {
        get
        {
            lock (_lock)
            {
                return _isBoosted;
            }
        }
    }

    /// <summary>In bar: follows the valve, and swings a little.</summary>
    public double Pressure => (Valve / 25) + (IsBoosted ? 1 : 0) + (0.1 * Math.Sin(time.GetUtcNow().ToUnixTimeMilliseconds() / 5_000.0));

    public void OpenValve(double percent)
    {
        lock (_lock)
        {
            _valve = percent;
        }
    }

    public void SetMode(string mode)
    {
        lock (_lock)
        {
            _isBoosted = mode == "boost";
        }
    }
}
