using Microsoft.Extensions.Configuration;
using Npgsql;

namespace EdgeSync.ServiceDefaults.Tests;

public sealed class DatabaseOptionsTests
{
    [Theory]
    [InlineData("Data Source=edgesync.db", false)]
    [InlineData("Filename=/var/lib/edgesync.db", false)]
    [InlineData("Host=db.example;Database=edgesync;Username=ingest", true)]
    [InlineData("server=a,b,c;database=edgesync", true)]
    public void The_keywords_tell_the_database(string text, bool isServer) => Assert.Equal(new DatabaseOptions(text, isServer), Read(("ConnectionStrings:edgesync", text)));

    [Fact]
    public void Aspires_key_is_read_too() =>
        Assert.Equal(new DatabaseOptions("Host=db", true), Read(("Aspire:Npgsql:ConnectionString", "Host=db")));

    [Theory]
    [InlineData("")]
    [InlineData("Data Source=")]
    [InlineData("Host=")]
    [InlineData("Host=db;Databse=edgesync")]
    [InlineData("Host=db;Port=many")]
    [InlineData("postgresql://root@db:26257/edgesync")]
    [InlineData("edgesync.db")]
    public void What_names_no_database_is_refused_with_both_forms(string text)
    {
        var error = Assert.Throws<InvalidOperationException>(() => Read(("ConnectionStrings:edgesync", text)));
        Assert.Contains("ConnectionStrings:edgesync", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Data Source=FILE'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'Host=HOST;", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_is_not_told() =>
        Assert.DoesNotContain("hunter2", Assert.Throws<InvalidOperationException>(() => Read(("ConnectionStrings:edgesync", "Host=db;Password=hunter2;Port=many"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", null)]
    [InlineData("01:00:00", 1.0)]
    [InlineData("30.00:00:00", 720.0)]
    public void History_is_kept_as_long_as_is_said(string text, double? hours) =>
        Assert.Equal(hours, Read(("ConnectionStrings:edgesync", "Host=db"), (DatabaseOptions.HistorySetting, text)).HistoryRetention?.TotalHours);

    [Theory]
    [InlineData("0")]
    [InlineData("00:59:59")]
    [InlineData("-1.00:00:00")]
    [InlineData("40000.00:00:00")]
    [InlineData("a month")]
    public void Another_retention_is_refused_with_the_range(string text) => Assert.Equal(
        $"Set Database:HistoryRetention to 01:00:00 to 36500.00:00:00, or leave it out to keep history for ever; it is '{text}'.",
        Assert.Throws<InvalidOperationException>(() => Read(("ConnectionStrings:edgesync", "Host=db"), (DatabaseOptions.HistorySetting, text))).Message);

    [Fact]
    public void Connections_have_bounds_of_their_own()
    {
        var settings = new NpgsqlConnectionStringBuilder(ServerConnectionString.WithDefaults("Host=db;Database=edgesync", "EdgeSync.Ingest"));
        Assert.Equal(("EdgeSync.Ingest", 4, 15, 30, 16, 300), (settings.ApplicationName, settings.Timeout, settings.CommandTimeout, settings.KeepAlive, settings.MaxPoolSize, settings.ConnectionLifetime));
        Assert.True(settings is { NoResetOnClose: true, Enlist: false, MaxAutoPrepare: > 0, LoadBalanceHosts: false });
    }

    [Fact]
    public void Several_hosts_share_the_load()
    {
        var settings = new NpgsqlConnectionStringBuilder(ServerConnectionString.WithDefaults("Host=a,b:26258,c;Database=edgesync", "EdgeSync.Ingest"));
        Assert.True(settings is { LoadBalanceHosts: true, HostRecheckSeconds: 10, Host: "a,b:26258,c" });
    }

    [Theory]
    [InlineData("Timeout=9", "Timeout", "9")]
    [InlineData("Command Timeout=90", "Command Timeout", "90")]
    [InlineData("MaxPoolSize=3", "Maximum Pool Size", "3")]
    [InlineData("Maximum Pool Size=3", "Maximum Pool Size", "3")]
    [InlineData("Max Auto Prepare=0", "Max Auto Prepare", "0")]
    [InlineData("No Reset On Close=false", "No Reset On Close", "False")]
    [InlineData("Application Name=mine", "Application Name", "mine")]
    public void What_the_connection_string_says_stands(string given, string keyword, string expected) =>
        Assert.Equal(expected, new NpgsqlConnectionStringBuilder(ServerConnectionString.WithDefaults($"Host=db;{given}", "EdgeSync.Ingest"))[keyword].ToString());

    [Theory]
    [InlineData("Host=localhost", "")]
    [InlineData("Host=127.0.0.1;SSL Mode=Disable", "")]
    [InlineData("Host=/var/run/postgresql", "")]
    [InlineData("Host=db", "db")]
    [InlineData("Host=a:26257,b;SSL Mode=Require", "a b")]
    [InlineData("Host=a,b;SSL Mode=VerifyFull;Root Certificate=ca.crt", "")]
    public void A_server_elsewhere_is_to_prove_who_it_is(string text, string expected) => Assert.Equal(expected, string.Join(' ', ServerConnectionString.UnprovenHosts(text)));

    private static DatabaseOptions Read(params (string Key, string Value)[] settings) =>
        DatabaseOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)).Build());
}
