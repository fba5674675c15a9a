using EdgeSync.Protocol;

namespace EdgeSync.Edge;

/// <summary>Which run of the device program this is. A restored file may repeat a number; a live process answers that by taking the next.</summary>
internal sealed class RunIdentity(StateStore state, Entropy entropy, long number, long nonce)
{
    private const int RaisesInARowMax = 3;

    private Boot _boot = new(number, nonce);

    public Boot Boot => _boot;

    /// <summary>The file is another one: what it has lost must show, as after a new start.</summary>
    public void BeginAnew() => _boot = new Boot(state.RaiseBoot(_boot.Number, entropy.DrawEpoch()), entropy.DrawNonce());

    /// <summary>Sends, and sends again at once under a newer number where a newer run was seen; a few times at most.</summary>
    public async Task<Attempt<T>> SendAsync<T>(Func<Boot, Task<Attempt<T>>> send)
        where T : class
    {
        for (var raises = 0; ; raises++)
        {
            var attempt = await send(_boot);
            if (attempt.Outcome.Code != ProblemTypes.StaleBoot.Code || raises == RaisesInARowMax)
            {
                return attempt;
            }

            _boot = _boot with { Number = state.RaiseBoot(Math.Max(attempt.Outcome.Problem?.Boot ?? 0, _boot.Number), entropy.DrawEpoch()) };
        }
    }
}
