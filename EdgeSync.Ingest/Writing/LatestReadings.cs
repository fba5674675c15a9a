using EdgeSync.Protocol;

namespace EdgeSync.Ingest;

/// <summary>The newest reading of one sensor among those that a group stores.</summary>
/// <param name="Plan">The batch that brought it.</param>
/// <param name="Row">Its row there.</param>
/// <param name="Sensor">The sensor's name.</param>
internal readonly record struct LatestReading(AppendPlan Plan, PlannedRow Row, string Sensor)
{
    /// <summary>What orders readings: when they arrived, since a device's clock may be in 2099, then their place in the stream.</summary>
    public (long ReceivedAt, long Number, long Epoch) Order => (Plan.ReceivedAt, Row.Number, Plan.Stream.Epoch.Value);
}

/// <summary>Picks the newest reading of each sensor of each device. Pure.</summary>
internal static class LatestReadings
{
    /// <summary>One for each device and sensor, in the order of the devices and of their arrival.</summary>
    public static List<LatestReading> Of(IEnumerable<AppendPlan> plans)
    {
        var latest = new Dictionary<(DeviceId, string), LatestReading>();
        foreach (var plan in plans)
        {
            // Rows are in the order of their numbers, and all arrived at once: the last one of a sensor is its newest.
            var rows = new PlannedRow?[plan.Source.Sensors.Count];
            foreach (var row in plan.Rows)
            {
                rows[plan.Source.SensorIndexes[row.Index]] = row;
            }

            for (var sensor = 0; sensor < rows.Length; sensor++)
            {
                if (rows[sensor] is { } row)
                {
                    var reading = new LatestReading(plan, row, plan.Source.Sensors[sensor]);
                    var key = (plan.Stream.Device, reading.Sensor);
                    if (!latest.TryGetValue(key, out var known) || known.Order.CompareTo(reading.Order) < 0)
                    {
                        latest[key] = reading;
                    }
                }
            }
        }

        return [.. latest.Values.OrderBy(reading => reading.Plan.Stream.Device).ThenBy(reading => reading.Order)];
    }
}
