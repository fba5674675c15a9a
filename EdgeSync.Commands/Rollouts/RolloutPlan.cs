using System.Security.Cryptography;
using EdgeSync.Protocol;

namespace EdgeSync.Commands;

/// <summary>A device of a rollout and the stage it comes in, from 1.</summary>
internal sealed record PlannedDevice(DeviceId Device, int Stage);

/// <summary>Which devices come in which stage. Pure: the same rollout and devices give the same plan.</summary>
internal static class RolloutPlan
{
    /// <summary>Every device once. Those of a share are drawn by a hash of rollout and device, so that no device is a canary each time.</summary>
    public static IReadOnlyList<PlannedDevice> Of(RolloutId rollout, IReadOnlyList<SelectedDevice> devices, IReadOnlyList<RolloutStage> stages)
    {
        var waiting = devices.OrderBy(device => Draw(rollout, device.Id)).ThenBy(device => device.Id).ToList();
        var planned = new List<PlannedDevice>(devices.Count);
        foreach (var (i, stage) in stages.Index())
        {
            var taken = i == stages.Count - 1 ? [.. waiting] : Take(stage, waiting, devices.Count, planned.Count);
            planned.AddRange(taken.Select(device => new PlannedDevice(device.Id, i + 1)));
            var ids = taken.Select(device => device.Id).ToHashSet();
            waiting.RemoveAll(device => ids.Contains(device.Id));
        }

        return planned;
    }

    private static List<SelectedDevice> Take(RolloutStage stage, List<SelectedDevice> waiting, int devices, int planned)
    {
        if (stage.Selector is { } text)
        {
            return LabelSelector.TryParse(text, out var selector, out var wrong)
                ? [.. waiting.Where(device => selector.Matches(device.Labels))]
                : throw new ArgumentException(wrong, nameof(stage));
        }

        // A part of a device is a device: one percent of ten is a canary, not nobody.
        var until = stage.Devices ?? (int)(((long)devices * stage.Percent!.Value + 99) / 100);
        return [.. waiting.Take(Math.Max(0, until - planned))];
    }

    private static ulong Draw(RolloutId rollout, DeviceId device)
    {
        Span<byte> both = stackalloc byte[32];
        rollout.Value.TryWriteBytes(both, bigEndian: true, out _);
        device.Value.TryWriteBytes(both[16..], bigEndian: true, out _);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(both, hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
