using System.Text.RegularExpressions;

namespace EdgeSync.Deploy.Tests;

/// <summary>The last stage of a Dockerfile: what the image is, an instruction a line.</summary>
internal sealed partial record Dockerfile(IReadOnlyList<(string Instruction, string Text)> Lines)
{
    public static Dockerfile Parse(string text)
    {
        var lines = text.Split('\n').Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => line.Split(' ', 2)).Select(parts => (parts[0], parts[1])).ToList();
        return new Dockerfile([.. lines[lines.FindLastIndex(line => line.Item1 == "FROM")..]]);
    }

    public string Of(string instruction) => Lines.Single(line => line.Instruction == instruction).Text;

    public Dictionary<string, string> Labels => Label().Matches(Of("LABEL")).ToDictionary(match => match.Groups["key"].Value, match => match.Groups["value"].Value);

    [GeneratedRegex("""(?<key>\S+)="(?<value>[^"]*)""")]
    private static partial Regex Label();
}
