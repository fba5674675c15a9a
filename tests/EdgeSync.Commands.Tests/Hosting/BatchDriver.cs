using System.Net;
using EdgeSync.Protocol;

namespace EdgeSync.Commands.Tests;

/// <summary>A fleet and batches for it, in verbs.</summary>
internal static class BatchDriver
{
    /// <summary>Registers devices, in the order of their ids, with the labels that each one's place says.</summary>
    public static async Task<List<DeviceId>> RegisterManyAsync(this CommandsHost host, int count, Func<int, Dictionary<string, string>>? labels = null)
    {
        // In byte order, which every database sorts by.
        var first = await host.CountAsync("SELECT COUNT(*) FROM devices");
        var ids = Enumerable.Range(1, count).Select(i => new DeviceId(new Guid((int)first + i, 0, 0, new byte[8]))).ToList();
        foreach (var chunk in ids.Select((id, i) => new DeviceRegistration(id, $"d{i}", labels?.Invoke(i))).Chunk(DeviceRules.RegistrationsMax))
        {
            using var answer = await host.Operator.SendAsync(HttpMethod.Post, Routes.Devices, new DeviceRegistrations(chunk));
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        return ids;
    }

    /// <summary>The batch when each of its devices has its command.</summary>
    public static async Task<CommandBatchView> CreatedAsync(this CommandsHost host, BatchId id)
    {
        while (true)
        {
            var batch = await host.Operator.SendAsync<CommandBatchView>(HttpMethod.Get, $"{Routes.CommandBatches}/{id}");
            if (batch.State == CommandBatchState.Created)
            {
                return batch;
            }

            await Task.Yield();
        }
    }
}
