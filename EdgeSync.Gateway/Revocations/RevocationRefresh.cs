using EdgeSync.Protocol;
using Microsoft.Extensions.Options;

namespace EdgeSync.Gateway;

/// <summary>Keeps the register as Commands and the operator's CA say it, and ends what a newly refused device has under way.</summary>
internal sealed partial class RevocationRefresh(
    RevocationRegister register, RevocationSource source, RevocationFile file, CrlFiles crls, OpenRequests requests, FleetCertificates trusted,
    IOptions<RevocationOptions> options, TimeProvider time, ILogger<RevocationRefresh> logger) : BackgroundService
{
    // In a fifth of that time a list on disk is signed anew, so that a gateway that restarts while Commands is away still has a fresh one.
    private const int WholeListsInStaleTime = 5;

    private string? _fault;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        crls.Reread();
        try
        {
            if (await file.ReadAsync(cancellationToken) is { } kept)
            {
                Take(kept, "The file");
            }
        }
        catch (Exception e) when (UnusableFileException.IsOfFiles(e))
        {
            LogFileFailed(options.Value.Path, e.Message);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <summary>One round.</summary>
    public async Task RefreshAsync(CancellationToken ct)
    {
        var changed = crls.Reread();
        try
        {
            var known = register.List;
            var isDue = known is null || time.GetUtcNow() - known.SignedAt > options.Value.StaleAfter / WholeListsInStaleTime;
            var statement = await source.AskAsync(isDue ? null : known!.Version, ct);
            if (Take(statement, "The answer of Commands") && !ReferenceEquals(register.List!.Devices, known?.Devices))
            {
                changed |= register.List.Version != known?.Version;
                await file.WriteAsync(statement, ct);
            }
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            Tell($"Commands does not say who may not enter: {e.Message}");
        }
        catch (Exception e) when (UnusableFileException.IsOfFiles(e))
        {
            LogFileFailed(options.Value.Path, e.Message);
        }

        if (changed && requests.Abort(certificate => register.RefuseKnown(certificate) is not null) is > 0 and var ended)
        {
            LogEnded(ended);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RefreshInterval, time);
        do
        {
            await RefreshAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private bool Take(string statement, string from)
    {
        if (FleetStatement.Read(statement, RevocationList.StatementType, trusted.Roots) is not { } said)
        {
            Tell($"{from} is no list of this fleet: its signature, its type or its signer's certificate is not right");
            return false;
        }

        register.List = RevocationSnapshot.Take(register.List, said, time.GetUtcNow(), out var refusal);
        Tell(refusal is null ? null : $"{from} {refusal}");
        return refusal is null;
    }

    /// <summary>Once when something begins to be wrong, and once when it is right again.</summary>
    private void Tell(string? fault)
    {
        if (fault is not null && fault != _fault)
        {
            LogFault(fault, register.List?.FreshAt, options.Value.StaleAfter);
        }
        else if (fault is null && _fault is not null)
        {
            LogRecovered(register.List!.Version);
        }

        _fault = fault;
    }

    [LoggerMessage(LogLevel.Warning, "{Fault}. The last list is of {FreshAt}; no device enters when it is older than {StaleAfter}")]
    private partial void LogFault(string fault, DateTimeOffset? freshAt, TimeSpan staleAfter);

    [LoggerMessage(LogLevel.Information, "It is known again who may not enter: version {Version}")]
    private partial void LogRecovered(long version);

    [LoggerMessage(LogLevel.Error, "The list of who may not enter cannot be kept at {Path}: {Reason}")]
    private partial void LogFileFailed(string path, string reason);

    [LoggerMessage(LogLevel.Information, "{Count} open requests of devices that may not enter any more were ended")]
    private partial void LogEnded(int count);
}
