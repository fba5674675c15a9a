namespace EdgeSync.EdgeSimulator;

/// <summary>A request on its way.</summary>
/// <param name="Method">HTTP's.</param>
/// <param name="Path">Without the query.</param>
/// <param name="Query">With its question mark; empty for none.</param>
/// <param name="Headers">Of the request and of its content.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record VirtualRequest(string Method, string Path, string Query, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    /// <summary>Reads a request to its end. Contents here are in memory, so nothing is waited for.</summary>
    public static VirtualRequest Of(HttpRequestMessage request)
    {
        var headers = new List<KeyValuePair<string, string>>();
        Add(headers, request.Headers);
        var body = Array.Empty<byte>();
        if (request.Content is { } content)
        {
            var reading = content.ReadAsByteArrayAsync();
            body = reading.IsCompletedSuccessfully ? reading.Result : throw new InvalidOperationException("A request's content is not in memory.");
            Add(headers, content.Headers);
        }

        return new VirtualRequest(request.Method.Method, request.RequestUri!.AbsolutePath, request.RequestUri.Query, headers, body);
    }

    private static void Add(List<KeyValuePair<string, string>> headers, System.Net.Http.Headers.HttpHeaders from)
    {
        foreach (var header in from.NonValidated)
        {
            headers.Add(KeyValuePair.Create(header.Key, header.Value.ToString()));
        }
    }
}

/// <summary>An answer on its way.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="ContentType">Null for none.</param>
/// <param name="RetryAfter">The header of that name; null for none.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record VirtualResponse(int Status, string? ContentType, string? RetryAfter, byte[] Body)
{
    public HttpResponseMessage ToMessage(HttpRequestMessage request)
    {
        var response = new HttpResponseMessage((System.Net.HttpStatusCode)Status) { RequestMessage = request, Content = new ByteArrayContent(Body), Version = System.Net.HttpVersion.Version20 };
        if (ContentType is not null)
        {
            response.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        }

        if (RetryAfter is not null)
        {
            response.Headers.TryAddWithoutValidation("Retry-After", RetryAfter);
        }

        return response;
    }
}
