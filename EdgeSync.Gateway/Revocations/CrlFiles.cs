using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Reads the lists of the operator's CA again when their files change. A change that cannot be used is told, and the lists before it stay in force.</summary>
internal sealed partial class CrlFiles(RevocationRegister register, FleetCertificates trusted, IOptions<RevocationOptions> options, TimeProvider time, ILogger<CrlFiles> logger)
{
    private string? _told;

    /// <summary>Whether something new is in force.</summary>
    public bool Reread()
    {
        var path = options.Value.CrlPath;
        if (path.Length == 0)
        {
            return false;
        }

        var known = register.Crls;
        register.Crls = ReadChanged(path, known);
        var fault = register.Crls.Fault(time.GetUtcNow());
        if (fault is not null && fault != _told)
        {
            LogFault(fault);
        }

        _told = fault;
        return !ReferenceEquals(register.Crls.Revoked, known.Revoked);
    }

    private CrlSet ReadChanged(string path, CrlSet known)
    {
        try
        {
            var files = CrlFolder.List(path);
            return files.SequenceEqual(known.Files)
                ? known with { ReadFault = null }
                : CrlSet.Read(path, files, [.. trusted.Roots, .. trusted.Intermediates]);
        }
        catch (UnusableFileException e)
        {
            return known with { ReadFault = e.Message };
        }
    }

    [LoggerMessage(LogLevel.Error, "{Fault}")]
    private partial void LogFault(string fault);
}
