using Google.Protobuf;

namespace EdgeSync.Protocol;

/// <summary>Between the generated message of a repair and the repair.</summary>
internal static class RepairWire
{
    public static Wire.TelemetryRepair From(TelemetryRepair repair)
    {
        var wire = new Wire.TelemetryRepair { Epoch = repair.Epoch.Value };
        wire.Runs.AddRange(repair.Runs.Select(TelemetryWire.From));
        wire.Witnesses.AddRange(repair.Witnesses.Where(witness => witness.Digest is not null).Select(witness => new Wire.Witness
        {
            Number = witness.Position,
            Digest = ByteString.CopyFrom(witness.Digest!.Value.ToArray()),
        }));
        return wire;
    }

    public static TelemetryRepair ToRepair(Wire.TelemetryRepair wire)
    {
        TelemetryWire.Require(wire.Epoch > 0, "epoch must be positive");
        TelemetryWire.Require(wire.Runs.Count <= Limits.VerifyRangesMax, $"a repair has at most {Limits.VerifyRangesMax} runs");
        TelemetryWire.Require(wire.Witnesses.Count <= Limits.DigestPositionsMax, $"a repair has at most {Limits.DigestPositionsMax} witnesses");
        TelemetryWire.Require(wire.Runs.Count + wire.Witnesses.Count > 0, "a repair has a run or a witness");
        var repair = new TelemetryRepair(
            new Epoch(wire.Epoch),
            [.. wire.Runs.Select(TelemetryWire.ToBatch)],
            [.. wire.Witnesses.Select((witness, i) => new PositionDigest(witness.Number, TelemetryWire.ToDigest(witness.Digest, $"witnesses[{i}].digest")))]);
        TelemetryWire.Require(repair.Runs.All(run => run.Epoch == repair.Epoch && run.Last >= run.First), "every run is of the repair's own stream, and below 2^63");
        TelemetryWire.Require(repair.Witnesses.All(witness => witness.Position >= 0), "a witness's number is 0 or more");
        return repair;
    }
}
