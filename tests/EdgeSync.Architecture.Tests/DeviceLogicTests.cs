using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeSync.Architecture.Tests;

/// <summary>
/// Device, Ingest and Commands can be run by one thread in simulated time: they start no threads, wait by a TimeProvider, and draw nothing from the
/// machine's own randomness. (Wall clocks, sleeps and unseeded randomness are banned by BannedSymbols.txt for the whole house.)
/// </summary>
public sealed class DeviceLogicTests
{
    private static readonly string[] Rooms = ["EdgeSync.Protocol", "EdgeSync.Edge", "EdgeSync.Ingest", "EdgeSync.Commands"];

    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["EdgeSync.Edge/CryptographicRandom.cs"] = "what a real device gives as its Random; a simulation gives a seeded one",
        ["EdgeSync.Commands/Authority/CertificateIssuer.cs"] = "serial numbers of certificates: from a seed they could be foreseen",
        ["EdgeSync.Commands/Enrolment/EnrolmentTokenEndpoints.cs"] = "enrolment secrets: from a seed they could be foreseen",
        ["EdgeSync.Commands/CommandsExtensions.cs"] = "the default source of command ids, TryAdd: a simulation registers its own before",
    };

    [Fact]
    public void Threads_timers_and_entropy_come_from_outside() =>
        Rule.Holds(SourceFile.Product.Where(file => Rooms.Contains(file.Room) && !Exceptions.ContainsKey(file.Path)).SelectMany(Broken));

    [Fact]
    public void Every_exception_is_still_needed() => Rule.Holds(
        Exceptions.Keys.Where(path => !SourceFile.Product.Any(file => file.Path == path && Broken(file).Any())).Select(path => $"{path} needs no exception any more; take it off the list."));

    [Fact]
    public void The_devices_storage_knows_no_network() => Rule.Holds(
        SourceFile.Product.Where(file => file.Path.StartsWith("EdgeSync.Edge/Storage/", StringComparison.Ordinal)).SelectMany(Network));

    [Theory]
    [InlineData("Task.Run(() => 1);")]
    [InlineData("System.Threading.Tasks.Task.Factory.StartNew(() => 1);")]
    [InlineData("new Thread(Work).Start();")]
    [InlineData("ThreadPool.QueueUserWorkItem(Work);")]
    [InlineData("await work.ConfigureAwait(false);")]
    [InlineData("await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);")]
    [InlineData("using var timer = new Timer(Work);")]
    [InlineData("using var timer = new PeriodicTimer(interval);")]
    [InlineData("using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));")]
    [InlineData("var began = Stopwatch.GetTimestamp();")]
    [InlineData("var id = Guid.NewGuid();")]
    [InlineData("RandomNumberGenerator.Fill(bytes);")]
    public void What_takes_them_from_the_machine_is_found(string statement) => Assert.Single(Broken(Method(statement)));

    [Theory]
    [InlineData("using var timer = new PeriodicTimer(interval, time);")]
    [InlineData("using var limit = new CancellationTokenSource(patience, time);")]
    [InlineData("using var stop = new CancellationTokenSource();")]
    [InlineData("await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);")]
    [InlineData("// Task.Run(() => 1)")]
    public void What_takes_them_from_its_caller_is_not(string statement) => Assert.Empty(Broken(Method(statement)));

    [Theory]
    [InlineData("using System.Net.Http; class X { }")]
    [InlineData("class X(HttpClient http) { }")]
    [InlineData("class X(ControlPlaneClient client) { }")]
    public void Network_in_the_devices_storage_is_found(string code) => Assert.NotEmpty(Network(new SourceFile("EdgeSync.Edge/Storage/X.cs", code)));

    private static SourceFile Method(string statement) => new("EdgeSync.Edge/X.cs", $"class X {{ async Task Do() {{ {statement}\n }} }}");

    private static IEnumerable<string> Broken(SourceFile file) => file.Root.DescendantNodes().Select(node => (node, why: WhyBroken(node)))
        .Where(pair => pair.why is not null).Select(pair => $"{file.LineOf(pair.node)} {pair.why}");

    private static string? WhyBroken(SyntaxNode node) => node switch
    {
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "ConfigureAwait" } } call
            when !call.ArgumentList.ToString().Contains("ContinueOnCapturedContext", StringComparison.Ordinal) => "leaves its scheduler by ConfigureAwait",
        MemberAccessExpressionSyntax access => Last(access) switch
        {
            "Task.Run" or "Factory.StartNew" or "ThreadPool.QueueUserWorkItem" or "ThreadPool.UnsafeQueueUserWorkItem" => "starts work on a thread of its own",
            "Stopwatch.GetTimestamp" or "Stopwatch.StartNew" or "Environment.TickCount64" or "Environment.TickCount" => "reads the machine's clock; ask a TimeProvider",
            "Guid.NewGuid" or "Guid.CreateVersion7" => "draws an id from the machine; take a source of ids",
            var name when name.StartsWith("RandomNumberGenerator.", StringComparison.Ordinal) => "draws from the machine; take a Random",
            _ => null,
        },
        ObjectCreationExpressionSyntax creation => (creation.Type.ToString(), creation.ArgumentList?.Arguments.Count) switch
        {
            ("Thread" or "System.Threading.Thread", _) => "starts a thread",
            ("Timer" or "System.Threading.Timer" or "System.Timers.Timer", _) => "starts a timer; ask a TimeProvider for one",
            ("PeriodicTimer" or "CancellationTokenSource", 1) => "waits by the machine's clock; give it a TimeProvider",
            _ => null,
        },
        _ => null,
    };

    private static IEnumerable<string> Network(SourceFile file) => file.Root.DescendantTokens().Select(token => token)
        .Where(token => token.ValueText.StartsWith("Http", StringComparison.Ordinal) || token.ValueText is "ControlPlaneClient" or "Sockets")
        .Select(token => $"{file.LineOf(token.Parent!)} names {token.ValueText}: storage works unplugged.");

    private static string Last(MemberAccessExpressionSyntax access)
    {
        var owner = access.Expression.ToString();
        return $"{owner[(owner.LastIndexOf('.') + 1)..]}.{access.Name.Identifier.ValueText}";
    }
}
