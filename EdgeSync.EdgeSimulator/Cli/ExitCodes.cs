namespace EdgeSync.EdgeSimulator;

internal static class ExitCodes
{
    public const int Pass = 0;
    public const int AuditFailed = 1;
    public const int WrongUsage = 2;

    /// <summary>It was stopped before its end, and has found nothing so far.</summary>
    public const int Stopped = 130;
}
