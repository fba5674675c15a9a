using System.Globalization;
using EdgeSync.Protocol;
using Sylvan.Data.Csv;

namespace EdgeSync.EdgeSimulator;

/// <summary>Sensor recordings from a CSV file: a header, the first column a timestamp, every other numeric column a sensor.</summary>
/// <param name="Sensors">The sensors' names.</param>
/// <param name="Rows">A value for each sensor, or null where the cell is empty.</param>
internal sealed record Recording(IReadOnlyList<string> Sensors, IReadOnlyList<double?[]> Rows)
{
    private const int RowsMax = 1_000_000;

    /// <summary>Reads a recording.</summary>
    /// <exception cref="UsageException">The file is no such recording; the message says where.</exception>
    public static Recording Read(string path)
    {
        try
        {
            using var csv = CsvDataReader.Create(path);
            return Read(csv, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CsvFormatException or InvalidDataException)
        {
            throw new UsageException($"--replay {path} cannot be read: {e.Message.Split('\n')[0].Trim()}", e);
        }
    }

    private static Recording Read(CsvDataReader csv, string path)
    {
        var header = Enumerable.Range(0, csv.FieldCount).Select(csv.GetName).ToArray();
        if (header.Length < 2)
        {
            throw new UsageException($"--replay {path} is no recording: it needs a header, a timestamp column and at least one numeric column.");
        }

        var cells = new List<double?[]>();
        var numeric = new bool[header.Length];
        Array.Fill(numeric, true, 1, header.Length - 1);
        while (csv.Read())
        {
            if (cells.Count == RowsMax)
            {
                throw new UsageException($"--replay {path} has more than {RowsMax} rows; cut it into parts.");
            }

            if (!DateTimeOffset.TryParse(csv.GetString(0), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
            {
                throw new UsageException($"--replay {path}, line {csv.RowNumber + 1}: '{csv.GetString(0)}' in the first column is no timestamp.");
            }

            cells.Add(ReadRow(csv, header.Length, numeric));
        }

        var columns = Enumerable.Range(1, header.Length - 1).Where(column => numeric[column]).ToArray();
        if (cells.Count == 0 || columns.Length == 0)
        {
            throw new UsageException($"--replay {path} has no {(cells.Count == 0 ? "rows" : "numeric column")}.");
        }

        foreach (var column in columns)
        {
            var refusal = ReadingRules.CheckSensor(header[column]);
            if (refusal != ReadingRefusal.None)
            {
                throw new UsageException($"--replay {path}: column {column + 1} cannot be a sensor's name ({Words.Of(refusal)}).");
            }
        }

        return new Recording([.. columns.Select(column => header[column])], [.. cells.Select(row => columns.Select(column => row[column]).ToArray())]);
    }

    private static double?[] ReadRow(CsvDataReader csv, int columns, bool[] numeric)
    {
        var row = new double?[columns];
        for (var column = 1; column < columns; column++)
        {
            var text = column < csv.RowFieldCount ? csv.GetString(column) : null;
            if (string.IsNullOrWhiteSpace(text))
            {
                continue;
            }

            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            {
                row[column] = value;
            }
            else
            {
                numeric[column] = false;
            }
        }

        return row;
    }
}
