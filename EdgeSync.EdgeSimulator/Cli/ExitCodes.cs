namespace EdgeSync.EdgeSimulator;

internal static class ExitCodes
{
    public const int Pass = 0;
    public const int AuditFailed = 1;
    public const int WrongUsage = 2;
}
