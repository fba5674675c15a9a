using EdgeSync.Testing;

namespace EdgeSync.Ingest.Tests;

/// <summary>The OpenAPI document says what the service does, and the repository has it.</summary>
public sealed class ApiDocumentTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_the_one_in_the_repository()
    {
        await using var host = await IngestHost.StartAsync(StorageKind.Sqlite);
        using var client = host.Client();

        var (file, served) = await ApiDocumentFile.ReadAsync(client, "ingest", Ct);

        Assert.Equal(file, ApiDocumentFile.Text(served));
        Assert.Empty(ApiDocumentFile.Undescribed(served));
    }
}
