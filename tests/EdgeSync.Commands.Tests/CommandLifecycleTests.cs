using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

public sealed class CommandLifecycleTests
{
    private const long Now = 1_000;
    private const long Later = 9_000;
    private const int AttemptsMax = 3;

    private static readonly Boot Boot = new(5, 11);
    private static readonly Epoch Epoch = new(81);

    // From each state, what each event leads to; * marks an end made by the control plane, + a late result, - a refusal.
    private static readonly string[] Table =
    [
        "from          lease   lease-over  overdue   receipt    result      cancel      new-epoch",
        "pending       leased  -           expired*  delivered  succeeded   cancelled*  -",
        "leased        -       pending     expired*  delivered  succeeded   cancelled*  -",
        "delivered     -       -           -         -          succeeded   cancelled*  interrupted*",
        "succeeded     -       -           -         -          -           -           -",
        "failed        -       -           -         -          -           -           -",
        "interrupted   -       -           -         -          -           -           -",
        "interrupted*  -       -           -         -          succeeded+  -           -",
        "expired*      -       -           -         -          succeeded+  -           -",
        "cancelled*    -       -           -         -          succeeded+  -           -",
        "failed+       -       -           -         -          -           -           -",
    ];

    public static TheoryData<string, string, string> Transitions
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            var events = Cells(Table[0]);
            foreach (var row in Table.Skip(1).Select(Cells))
            {
                for (var i = 1; i < events.Length; i++)
                {
                    data.Add(row[0], events[i], row[i]);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Transitions))]
    public void Every_event_leads_from_every_state_where_the_table_says(string from, string what, string to)
    {
        var after = Apply(From(from), what);

        Assert.Equal(to, after is null ? "-" : Name(after));
    }

    [Fact]
    public void Every_state_is_in_the_table() =>
        Assert.Equal(Enum.GetValues<CommandState>().Select(state => Words.Of(state)).Order(),
            Table.Skip(1).Select(row => Cells(row)[0].TrimEnd('*', '+')).Distinct().Order());

    [Theory]
    [InlineData(1, "pending")]
    [InlineData(2, "pending")]
    [InlineData(3, "expired*")]
    public void Attempts_are_limited(int attempts, string to)
    {
        var after = CommandLifecycle.EndLease(From("leased") with { Attempts = attempts }, Later, AttemptsMax)!;

        Assert.Equal(to, Name(after));
        Assert.Null(after.LeaseUntil);
        Assert.Equal(to == "pending" ? null : "Sent 3 times without a receipt.", after.Reason);
    }

    [Fact]
    public void A_lease_counts_an_attempt_and_holds_until_its_end()
    {
        var leased = CommandLifecycle.Lease(From("pending"), Now, Now + 30)!;

        Assert.Equal((1, Now + 30), (leased.Attempts, leased.LeaseUntil));
        Assert.Null(CommandLifecycle.EndLease(leased, Now + 29, AttemptsMax));
        Assert.NotNull(CommandLifecycle.EndLease(leased, Now + 30, AttemptsMax));
    }

    [Theory]
    [InlineData("pending", 5, 11, 81, "run", "delivered")]
    [InlineData("leased", 5, 11, 81, "run", "delivered")]
    [InlineData("delivered", 5, 11, 81, "run", "delivered")]
    [InlineData("delivered", 5, 12, 81, "resume", "delivered")]
    [InlineData("delivered", 6, 12, 81, "resume", "delivered")]
    [InlineData("delivered", 5, 11, 82, "run", "delivered")]
    [InlineData("delivered", 6, 11, 82, "run", "delivered")]
    [InlineData("delivered", 4, 12, 82, "resume", "delivered")]
    [InlineData("delivered", 5, 12, 82, "resume", "delivered")]
    [InlineData("delivered", 6, 12, 82, "drop", "interrupted*")]
    [InlineData("succeeded", 5, 11, 81, "drop", "succeeded")]
    [InlineData("cancelled*", 5, 11, 81, "drop", "cancelled*")]
    [InlineData("expired*", 5, 11, 81, "drop", "expired*")]
    public void A_receipt_tells_only_the_first_run_to_run(string from, long boot, long nonce, long epoch, string verdict, string to)
    {
        var (after, said) = CommandLifecycle.Receive(From(from), new DeliveryMark(Now, new Boot(boot, nonce), new Epoch(epoch)));

        Assert.Equal((verdict, to), (Words.Of(said), Name(after)));
    }

    [Theory]
    [InlineData(5, 11, false)]
    [InlineData(6, 11, false)]
    [InlineData(4, 12, false)]
    [InlineData(5, 12, false)]
    [InlineData(6, 12, true)]
    public void Only_a_later_run_takes_up_what_was_delivered(long boot, long nonce, bool takesUp) =>
        Assert.Equal(takesUp, CommandLifecycle.IsOfEarlierRun(From("delivered"), new Boot(boot, nonce)));

    [Fact]
    public void A_run_that_resumed_a_command_holds_it_and_may_go_on_into_a_new_epoch()
    {
        var later = new DeviceRun(new Boot(6, 12), Epoch);

        var (held, _) = CommandLifecycle.Receive(From("delivered"), new DeliveryMark(Now, later.Boot, later.Epoch));

        Assert.False(CommandLifecycle.IsOfEarlierRun(held, later.Boot));
        Assert.Null(CommandLifecycle.BeginEpoch(held, later with { Epoch = new Epoch(82) }, Now));
        Assert.Equal(ReceiptVerdict.Resume, CommandLifecycle.Receive(held, new DeliveryMark(Now, later.Boot, later.Epoch)).Verdict);
        Assert.True(CommandLifecycle.IsOfEarlierRun(held, new Boot(7, 13)));
    }

    [Theory]
    [InlineData("pending")]
    [InlineData("leased")]
    public void A_receipt_of_an_overdue_command_is_told_to_drop_it(string from)
    {
        var (after, verdict) = CommandLifecycle.Receive(From(from), new DeliveryMark(Later, Boot, Epoch));

        Assert.Equal((ReceiptVerdict.Drop, "expired*"), (verdict, Name(after)));
    }

    [Fact]
    public void A_lease_that_has_ended_does_not_refuse_a_receipt()
    {
        var (_, verdict) = CommandLifecycle.Receive(From("leased") with { Attempts = AttemptsMax, LeaseUntil = Now - 500 }, new DeliveryMark(Now, Boot, Epoch));

        Assert.Equal(ReceiptVerdict.Run, verdict);
    }

    [Theory]
    [InlineData(CommandOutcome.Succeeded, CommandState.Succeeded)]
    [InlineData(CommandOutcome.Failed, CommandState.Failed)]
    [InlineData(CommandOutcome.Interrupted, CommandState.Interrupted)]
    public void The_first_result_stands(CommandOutcome outcome, CommandState state)
    {
        var first = CommandLifecycle.Complete(From("delivered"), outcome, new JsonValue("1"), "why", Now)!;

        Assert.Equal((state, new JsonValue("1"), "why", Now), (first.State, first.Result, first.Reason, first.CompletedAt));
        Assert.Null(CommandLifecycle.Complete(first, CommandOutcome.Succeeded, null, null, Later));
    }

    private static CommandStatus? Apply(CommandStatus command, string what) => what switch
    {
        "lease" => CommandLifecycle.Lease(command, Now, Now + 30),
        "lease-over" => CommandLifecycle.EndLease(command, Now + 1_000, AttemptsMax),
        "overdue" => CommandLifecycle.Expire(command, Later),
        "receipt" => CommandLifecycle.Deliver(command, new DeliveryMark(Now, Boot, Epoch)),
        "result" => CommandLifecycle.Complete(command, CommandOutcome.Succeeded, null, null, Now),
        "cancel" => CommandLifecycle.Cancel(command, "superseded", Now),
        "new-epoch" => CommandLifecycle.BeginEpoch(command, new DeviceRun(new Boot(6, 12), new Epoch(82)), Now),
        _ => throw new ArgumentException(what),
    };

    private static CommandStatus From(string name)
    {
        var state = Words.Parse<CommandState>(name.TrimEnd('*', '+'));
        return new CommandStatus(
            state,
            ExpiresAt: 5_000,
            LeaseUntil: state == CommandState.Leased ? Now + 500 : null,
            Attempts: state == CommandState.Pending ? 0 : 1,
            Delivery: state is CommandState.Delivered ? new DeliveryMark(500, Boot, Epoch) : null,
            IsProvisional: name.EndsWith('*'),
            IsLate: name.EndsWith('+'));
    }

    private static string Name(CommandStatus command) => Words.Of(command.State) + (command.IsProvisional ? "*" : command.IsLate ? "+" : "");

    private static string[] Cells(string row) => row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
