using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using EdgeSync.Protocol;

namespace EdgeSync.EdgeSimulator;

/// <summary>Asks a control plane how it is, as an operator.</summary>
internal sealed class ControlPlaneProbe(X509Certificate2 root, Uri address, string token, TimeProvider time)
{
    private const int DevicesMax = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private DateTimeOffset? _certificateEnd;
    private TimeSpan? _clockOffset;

    /// <summary>Some requests, one after another.</summary>
    public async Task<ControlPlaneFacts> AskAsync(CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        var tls = DeviceHttp.Tls(root);
        tls.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            _certificateEnd = certificate is X509Certificate2 shown ? shown.NotAfter : null;
            return errors == System.Net.Security.SslPolicyErrors.None;
        };
        using var http = DeviceHttp.Client(DeviceHttp.Handler(tls), address);
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        try
        {
            return await AskAsync(http, either.Token);
        }
        catch (HttpRequestException e)
        {
            return Unanswered(new ProbeProblem((int?)e.StatusCode ?? 0, e.HttpRequestError.ToString(), Innermost(e)));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return Unanswered(new ProbeProblem(0, "Timeout", $"No answer within {Patience.TotalSeconds} s."));
        }
    }

    private async Task<ControlPlaneFacts> AskAsync(HttpClient http, CancellationToken ct)
    {
        using var response = await http.GetAsync(FormattableString.Invariant($"{Routes.Devices}?limit={DevicesMax}"), ct);
        _clockOffset = response.Headers.Date - time.GetUtcNow();
        if (!response.IsSuccessStatusCode)
        {
            return Unanswered(await ProblemAsync(response, ct));
        }

        var page = (await response.Content.ReadFromJsonAsync(ProtocolJson.Default.PageDeviceView, ct))!;
        var operators = new OperatorClient(http);
        var devices = new List<(DeviceView, DeviceSyncStatus?)>();
        foreach (var device in page.Items)
        {
            devices.Add((device, await operators.ReadSyncAsync(device.Id, ct)));
        }

        return new ControlPlaneFacts(address, _certificateEnd, _clockOffset, null, devices, page.Next is not null);
    }

    private ControlPlaneFacts Unanswered(ProbeProblem problem) => new(address, _certificateEnd, _clockOffset, problem, [], false);

    private static async Task<ProbeProblem> ProblemAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var status = (int)response.StatusCode;
        try
        {
            return await response.Content.ReadFromJsonAsync(ProtocolJson.Default.Problem, ct) is { } problem
                ? new ProbeProblem(status, problem.Code, problem.Detail)
                : new ProbeProblem(status, "unreadable-answer", "The answer is empty.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return new ProbeProblem(status, "unreadable-answer", "The answer is not the control plane's.");
        }
    }

    private static string Innermost(Exception exception)
    {
        while (exception.InnerException is { } inner)
        {
            exception = inner;
        }

        return exception.Message;
    }
}
