namespace EdgeSync.Gateway;

/// <summary>
/// When files of the configuration are read again: by whoever needs them first after an interval, while others go on with what there is. What is wrong with them is told once, until it is
/// something else.
/// </summary>
/// <param name="interval">How long what was read is good for.</param>
/// <param name="time">Measures it.</param>
/// <param name="read">Takes what the files hold, or throws <see cref="UnusableFileException"/>.</param>
/// <param name="tell">Tells what is wrong.</param>
internal sealed class RereadFiles(TimeSpan interval, TimeProvider time, Action read, Action<string> tell)
{
    private readonly Lock _reading = new();
    private long _readAt = time.GetTimestamp();
    private string? _fault;

    public void WhenDue()
    {
        if (time.GetElapsedTime(Volatile.Read(ref _readAt)) < interval || !_reading.TryEnter())
        {
            return;
        }

        try
        {
            // Also where it fails: whoever comes next goes on with what there is.
            Volatile.Write(ref _readAt, time.GetTimestamp());
            var fault = UnusableFileException.Of(read);
            if (fault is not null && fault != _fault)
            {
                tell(fault);
            }

            _fault = fault;
        }
        finally
        {
            _reading.Exit();
        }
    }
}
