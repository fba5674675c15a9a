using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>What becomes of a device's receipts and results. Pure.</summary>
internal static class ReportDecision
{
    /// <summary>Takes receipts and says what to do with each command.</summary>
    public static ReceiptAnswer Receive(CommandWork work, ReceiptRequest request, long now)
    {
        var mark = new DeliveryMark(now, request.Boot, request.Epoch);
        var receipts = new List<Receipt>(request.Commands.Count);
        foreach (var id in request.Commands)
        {
            if (work.Find(id) is not { } row)
            {
                receipts.Add(new Receipt(id, ReceiptVerdict.Drop, 0));
                continue;
            }

            var (next, verdict) = CommandLifecycle.Receive(row.Status, mark);
            work.Step(row, next);
            receipts.Add(new Receipt(id, verdict, Math.Max(0, (row.ExpiresAt - now) / 1_000), next.State));
        }

        return new ReceiptAnswer(receipts);
    }

    /// <summary>Takes results; the first one from the device stands.</summary>
    public static ResultAnswer Complete(CommandWork work, ResultRequest request, long now)
    {
        var answers = new List<ResultReceipt>(request.Results.Count);
        foreach (var result in request.Results)
        {
            if (work.Find(result.Id) is not { } row)
            {
                answers.Add(new ResultReceipt(result.Id, Late: false));
                continue;
            }

            var error = Texts.Cut(result.Error, CommandRules.ErrorCharsMax);
            var status = CommandLifecycle.Complete(row.Status, result.Outcome, result.Result, error, now) ?? row.Status;
            work.Step(row, status);
            answers.Add(new ResultReceipt(result.Id, status.IsLate, status.State));
        }

        return new ResultAnswer(answers);
    }
}
