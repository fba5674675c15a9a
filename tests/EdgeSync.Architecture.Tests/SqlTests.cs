using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EdgeSync.Architecture.Tests;

/// <summary>SQL has its place, and no text that came from outside gets into it.</summary>
public sealed class SqlTests
{
    private static readonly Dictionary<string, string> OutsideStores = new(StringComparer.Ordinal)
    {
        ["EdgeSync.Edge/Storage/DeviceDatabase.cs"] = "opens the file and frames every transaction",
        ["EdgeSync.Edge/Storage/DeviceDatabaseFile.cs"] = "makes and migrates the file",
        ["EdgeSync.ServiceDefaults/Database/DatabaseExtensions.cs"] = "asks the database for readiness",
        ["EdgeSync.ServiceDefaults/Database/EmbeddedDatabase.cs"] = "sets durability on each connection",
        ["EdgeSync.Commands/Commands/CommandRow.cs"] = "a row that several stores read and write by one list of columns",
        ["EdgeSync.Commands/Batches/CommandBatchRow.cs"] = "a row that several stores read and write by one list of columns",
        ["EdgeSync.Commands/Configuration/ConfigRow.cs"] = "a row that several stores read and write by one list of columns",
        ["EdgeSync.Commands/Rollouts/RolloutRow.cs"] = "a row that two stores read and write by one list of columns",
        ["EdgeSync.Commands/Configuration/ConfigHead.cs"] = "the row that is the lock of a device's configuration, for two stores",
        ["EdgeSync.EdgeSimulator/Audit/ControlPlaneReader.cs"] = "the audit reads the database itself, not through the code under test",
        ["EdgeSync.EdgeSimulator/Audit/DeviceFile.cs"] = "the audit reads the device's file itself, not through the code under test",
        ["EdgeSync.EdgeSimulator/ControlPlane/PostgresServer.cs"] = "makes the database of a private server",
        ["EdgeSync.EdgeSimulator/Run/OpenCommands.cs"] = "a drain asks the database itself what is unfinished",
        ["EdgeSync.EdgeSimulator/Simulation/Parts/DiskFault.cs"] = "tells by its verb which statement a full disk refuses",
        ["EdgeSync.EdgeSimulator/Simulation/Parts/WorldStage.cs"] = "brings the log of a template into its file",
        ["EdgeSync.EdgeSimulator/Fleet/VirtualDevice.cs"] = "copies a device's file, to put it back later",
    };

    private static readonly Dictionary<string, string> Composed = new(StringComparer.Ordinal)
    {
        ["EdgeSync.ServiceDefaults/Database/HistoryTtlStore.cs"] = "a storage parameter takes no placeholder; what is written into it are constants and a number",
        ["EdgeSync.Edge/Storage/DeviceDatabaseFile.cs"] = "frames its own numbered migrations, and sets bounds by pragmas, which take no placeholder",
        ["EdgeSync.Edge/Storage/SalvageTableStore.cs"] = "names of tables and columns, as the schema of a new file has them",
    };

    [Fact]
    public void Sql_is_in_stores_alone() => Rule.Holds(SqlOutsideStores(SourceFile.Product).Where(file => !OutsideStores.ContainsKey(file)).Select(file => $"{file} holds SQL; it belongs in a *Store."));

    [Fact]
    public void Every_exception_is_still_needed() => Rule.Holds(
        OutsideStores.Keys.Except(SqlOutsideStores(SourceFile.Product)).Concat(Composed.Keys.Except(SourceFile.Product.Where(file => ComposedSql(file).Any()).Select(file => file.Path)))
            .Select(file => $"{file} holds no such SQL any more; take it off the list."));

    [Fact]
    public void Gateway_and_Protocol_hold_no_sql_at_all() => Rule.Holds(
        SourceFile.Product.Where(file => file.Room is "EdgeSync.Gateway" or "EdgeSync.Protocol" or "EdgeSync.AppHost" && file.Strings().Any(Sql.IsSql)).Select(file => $"{file.Path} holds SQL."));

    [Fact]
    public void No_value_is_written_into_sql() =>
        Rule.Holds(SourceFile.Product.Where(file => !Composed.ContainsKey(file.Path)).SelectMany(ComposedSql));

    [Theory]
    [InlineData("""class Desk { string Sql = "SELECT 1"; }""")]
    [InlineData("class Desk { string Sql = \"\"\"\n    UPDATE commands SET state = 'x'\n    \"\"\"; }")]
    [InlineData("""class Desk { string Sql = $"DELETE FROM {table}"; }""")]
    public void Sql_in_another_file_is_found(string code) => Assert.Equal(["EdgeSync.Commands/Desk.cs"], SqlOutsideStores([new SourceFile("EdgeSync.Commands/Desk.cs", code)]));

    [Theory]
    [InlineData("""class Desk { string Sentence = "Update the program, then SELECT a device."; /* SELECT 1 */ }""")]
    [InlineData("""class Desk { string Verb = "audit"; }""")]
    public void Other_text_is_not_taken_for_sql(string code) => Assert.Empty(SqlOutsideStores([new SourceFile("EdgeSync.Commands/Desk.cs", code)]));

    [Theory]
    [InlineData("""class S { string Of(string name) => $"SELECT {name} FROM devices"; }""")]
    [InlineData("""class S { string Of(string name) => "SELECT 1 FROM devices WHERE name = '" + name + "'"; }""")]
    [InlineData("""class S { string Of(string name) => string.Format("SELECT 1 FROM {0}", name); }""")]
    public void A_value_written_into_sql_is_found(string code) =>
        Assert.Single(ComposedSql(new SourceFile("EdgeSync.Commands/DeskStore.cs", code)));

    [Fact]
    public void Constants_may_be_part_of_sql() =>
        Assert.Empty(ComposedSql(new SourceFile("EdgeSync.Commands/DeskStore.cs", """class S { const string Columns = "a, b"; const string Sql = $"SELECT {Columns} FROM devices"; }""")));

    private static IEnumerable<string> SqlOutsideStores(IEnumerable<SourceFile> files) =>
        files.Where(file => !file.Name.EndsWith("Store.cs", StringComparison.Ordinal) && file.Strings().Any(Sql.IsSql)).Select(file => file.Path);

    private static IEnumerable<string> ComposedSql(SourceFile file)
    {
        var holes = file.Root.DescendantNodes().OfType<InterpolatedStringExpressionSyntax>()
            .Where(text => Sql.IsSql(string.Concat(text.Contents)))
            .SelectMany(text => text.Contents.OfType<InterpolationSyntax>())
            .Where(hole => !IsConstant(hole.Expression, file))
            .Select(hole => $"{file.LineOf(hole)} writes {hole.Expression} into SQL; give it as a parameter.");
        var sums = file.Root.DescendantNodes().OfType<BinaryExpressionSyntax>()
            .Where(sum => sum.Left is LiteralExpressionSyntax { Token.Value: string sql } && Sql.IsSql(sql) && sum.Right is not LiteralExpressionSyntax && !IsConstant(sum.Right, file))
            .Select(sum => $"{file.LineOf(sum)} adds {sum.Right} to SQL; give it as a parameter.");
        var formats = file.Root.DescendantNodes().OfType<InvocationExpressionSyntax>()
            .Where(call => call.Expression.ToString() == "string.Format" && call.ArgumentList.Arguments.Any(argument => argument.Expression is LiteralExpressionSyntax { Token.Value: string sql } && Sql.IsSql(sql)))
            .Select(call => $"{file.LineOf(call)} formats SQL; give values as parameters.");
        return [.. holes, .. sums, .. formats];
    }

    // A constant of the same file, or of a type of the product.
    private static bool IsConstant(ExpressionSyntax expression, SourceFile file) => expression switch
    {
        IdentifierNameSyntax name => ConstantsOf(file).Contains(name.Identifier.ValueText),
        MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax type, Name: var name } =>
            SourceFile.Product.Where(other => other.Name == $"{type.Identifier.ValueText}.cs").Any(other => ConstantsOf(other).Contains(name.Identifier.ValueText)),
        _ => false,
    };

    private static HashSet<string> ConstantsOf(SourceFile file) =>
    [
        .. file.Root.DescendantNodes().OfType<FieldDeclarationSyntax>().Where(field => field.Modifiers.Any(modifier => modifier.ValueText == "const"))
            .SelectMany(field => field.Declaration.Variables).Select(variable => variable.Identifier.ValueText),
    ];
}
