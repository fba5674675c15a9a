using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using EdgeSync.Protocol;
using JsonValue = EdgeSync.Protocol.JsonValue;

namespace EdgeSync.Edge;

/// <summary>The built-in commands about readings that were set aside: listed, sent again, discarded.</summary>
internal sealed class DeadLetterCommands(DeadLetterStore store, DeadLetters letters)
{
    public const string List = "list-dead-letters";
    public const string Replay = "replay-dead-letters";
    public const string Discard = "discard-dead-letters";

    private const string EntryArgument = "entry";
    private const string CauseArgument = "cause";
    private const string AfterArgument = "after";
    private const string LimitArgument = "limit";
    private const int LimitUsual = 100;
    private const int PayloadCharactersMax = 256;
    private const int NamesMax = 100;

    private static readonly CommandArgument Limit = CommandArgument.Whole(LimitArgument, 1, DeadLetterStore.SelectionMax).Optional();
    private static readonly CommandArgument Cause = CommandArgument.Text(CauseArgument, 64).Optional();

    public IReadOnlyList<CommandHandler> Handlers =>
    [
        new CommandHandler(List, MayRunAgain: true, (command, _) => Task.FromResult<JsonValue?>(ListAll(command.Payload)))
        {
            Arguments = [CommandArgument.Text(AfterArgument, 64).Optional(), Cause, Limit],
        },
        CommandHandler.InTransaction(Replay, transaction => ReplaySome(transaction.Command.Payload)) with { Arguments = [CommandArgument.Text(EntryArgument, 64).Optional(), Cause, Limit] },
        CommandHandler.InTransaction(Discard, transaction => DiscardSome(transaction.Command.Payload)) with { Arguments = [CommandArgument.Text(EntryArgument, 64).Optional(), Cause, Limit] },
    ];

    private JsonValue ListAll(JsonValue payload)
    {
        using var given = new GivenArguments(payload);
        var (limit, shown) = (LimitOf(given), new JsonArray());
        var page = store.Read(limit + 1, NameOf(given, AfterArgument), given.Text(CauseArgument));
        var list = new JsonObject { ["total"] = store.Count(), ["discarded"] = Text(store.CountDiscarded()), ["deadLetters"] = shown };
        // Room for the name of the last one.
        var bytes = Encoding.UTF8.GetByteCount(list.ToJsonString()) + 64;
        foreach (var letter in page.Take(limit))
        {
            var line = Line(letter);
            bytes += Encoding.UTF8.GetByteCount(line.ToJsonString()) + 1;
            if (bytes > Limits.CommandPayloadBytesMax)
            {
                break;
            }

            shown.Add((JsonNode)line);
        }

        if (shown.Count < page.Count)
        {
            list["next"] = page[shown.Count - 1].Name.ToString();
        }

        return new JsonValue(list.ToJsonString());
    }

    private JsonValue ReplaySome(JsonValue payload)
    {
        var replay = letters.Replay(SelectionOf(payload));
        return new JsonValue(new JsonObject
        {
            ["replayed"] = replay.Replayed,
            ["refused"] = new JsonArray([.. replay.Refused.Take(NamesMax).Select(refused => new JsonObject { ["entry"] = refused.Entry.ToString(), ["reason"] = Words.Of(refused.Reason) })]),
            ["left"] = store.Count(),
        }.ToJsonString());
    }

    private JsonValue DiscardSome(JsonValue payload) =>
        new(new JsonObject { ["discarded"] = letters.Discard(SelectionOf(payload)), ["left"] = store.Count() }.ToJsonString());

    private static JsonObject Line(DeadLetter letter) => new()
    {
        ["entry"] = letter.Name.ToString(),
        ["sensor"] = letter.Reading.Sensor,
        ["recordedAt"] = Text(letter.Reading.RecordedAt),
        ["value"] = letter.Reading.Value,
        ["payload"] = letter.Reading.Payload is { Length: > PayloadCharactersMax } payload ? payload[..PayloadCharactersMax] : letter.Reading.Payload,
        ["cause"] = letter.Cause,
        ["detail"] = letter.Detail.Length <= PayloadCharactersMax ? letter.Detail : letter.Detail[..PayloadCharactersMax],
        ["at"] = Text(letter.At),
    };

    private static DeadLetterSelection SelectionOf(JsonValue payload)
    {
        using var given = new GivenArguments(payload);
        return new DeadLetterSelection(NameOf(given, EntryArgument), given.Text(CauseArgument), LimitOf(given));
    }

    private static EntryName? NameOf(GivenArguments given, string argument) => given.Text(argument) is not { } text
        ? null
        : EntryName.TryParse(text, out var name) ? name : throw new CommandFailedException($"Argument '{argument}' is '{text}'; it must be EPOCH:NUMBER, as {List} shows it.");

    private static int LimitOf(GivenArguments given) => (int)(given.Whole(LimitArgument) ?? LimitUsual);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
