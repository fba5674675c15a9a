using DotNet.Testcontainers.Builders;
using EdgeSync.EdgeSimulator;
using Xunit;

namespace EdgeSync.Testing;

/// <summary>The database server of this test process.</summary>
public static class TestServer
{
    private const string Given = "EDGESYNC_TEST_DATABASE";
    private const string Required = "EDGESYNC_REQUIRE_DATABASE";
    private const string Container = "cockroach-container";

    private static readonly Lazy<Task<string>> Started = new(StartAsync);

    /// <summary>Its connection string. The server is started at the first call. Skips the test where there is none, or fails it, as <see cref="TestDatabase.CreateAsync"/> says.</summary>
    public static Task<string> ConnectionStringAsync()
    {
        if (Environment.GetEnvironmentVariable(Given) is null or "")
        {
            RequirePostgres();
        }

        return Started.Value;
    }

    /// <summary>For tests that start a PostgreSQL themselves: skips the test where none is installed, or fails it when EDGESYNC_REQUIRE_DATABASE is 1.</summary>
    public static void RequirePostgres()
    {
        if (!PostgresServer.IsInstalled)
        {
            Miss("No PostgreSQL is installed here (apt-get install postgresql), and EDGESYNC_TEST_DATABASE names none.");
        }
    }

    private static async Task<string> StartAsync() => Environment.GetEnvironmentVariable(Given) switch
    {
        null or "" => await StartPostgresAsync(),
        Container => await StartCockroachAsync(),
        var given => given,
    };

    private static async Task<string> StartPostgresAsync()
    {
        var directory = Directory.CreateTempSubdirectory("edgesync-test-database-");
        var server = await PostgresServer.StartAsync(Path.Combine(directory.FullName, "postgres"), TimeProvider.System, isDurable: false);
        // A test process that is killed takes the server with it too, and leaves only the folder.
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // Nothing of it is kept, so nothing has to be written first.
            server.KillAsync().GetAwaiter().GetResult();
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
            directory.Delete(recursive: true);
        };
        return server.ConnectionString;
    }

    // Its reaper removes the container when the test process is gone.
    private static async Task<string> StartCockroachAsync()
    {
        const int SqlPort = 26257;
        try
        {
            var container = new ContainerBuilder("cockroachdb/cockroach:v25.4.11")
                .WithCommand("start-single-node", "--insecure")
                .WithPortBinding(SqlPort, assignRandomHostPort: true)
                .WithWaitStrategy(Wait.ForUnixContainer().UntilCommandIsCompleted("cockroach", "sql", "--insecure", "--execute", "SELECT 1"))
                .Build();
            await container.StartAsync();
            return $"Host={container.Hostname};Port={container.GetMappedPublicPort(SqlPort)};Username=root;Database=defaultdb;SSL Mode=Disable";
        }
        catch (DockerUnavailableException e)
        {
            Miss($"{Given}={Container} needs a container engine: {e.Message}");
            throw;
        }
    }

    /// <summary>Something that the test needs is not here: skips it, or fails it when EDGESYNC_REQUIRE_DATABASE is 1.</summary>
    /// <param name="reason">What, and how it is installed.</param>
    public static void Miss(string reason)
    {
        if (Environment.GetEnvironmentVariable(Required) == "1")
        {
            Assert.Fail($"{reason} {Required}=1 forbids to skip.");
        }

        Assert.Skip(reason);
    }
}
