// What runs, wired to what. No behaviour.
var builder = DistributedApplication.CreateBuilder(args);

// Certificates, device files and, until a database server is configured, the embedded database live here.
var data = Path.GetFullPath(builder.Configuration["Data"] ?? Path.Combine(builder.AppHostDirectory, ".edgesync"));
Directory.CreateDirectory(Path.Combine(data, "control-plane"));
var database = builder.AddConnectionString("edgesync", ReferenceExpression.Create($"Data Source={Path.Combine(data, "control-plane", "edgesync.db")}"));

var pki = builder.AddProject<Projects.EdgeSync_EdgeSimulator>("pki", launchProfileName: null)
    .WithArgs("pki", "--data", data);

// What a service must know of devices' and operators' tokens.
IResourceBuilder<ProjectResource> KnowingTokens(IResourceBuilder<ProjectResource> service) => service
    .WithEnvironment("DeviceTokens__KeySet", "http://127.0.0.1:8081/.well-known/jwks.json")
    .WithEnvironment("Operators__KeySet", Path.Combine(data, "pki", "operators.json"))
    .WithEnvironment("Operators__Issuer", "edgesync-development")
    .WaitForCompletion(pki);

var ingest = KnowingTokens(builder.AddProject<Projects.EdgeSync_Ingest>("ingest"))
    .WithReference(database)
    .WithEnvironment("Ingest__Receipts__CertificatePath", Path.Combine(data, "pki", "receipts.pem"))
    .WithEnvironment("Ingest__Receipts__KeyPath", Path.Combine(data, "pki", "receipts.key"))
    .WithHttpHealthCheck("/health", endpointName: "http");

var commands = KnowingTokens(builder.AddProject<Projects.EdgeSync_Commands>("commands"))
    .WithReference(database)
    .WithEnvironment("Fleet__IssuingCertificatePath", Path.Combine(data, "pki", "issuing.pem"))
    .WithEnvironment("Fleet__IssuingKeyPath", Path.Combine(data, "pki", "issuing.pem"))
    .WithHttpHealthCheck("/health", endpointName: "http");

var gateway = KnowingTokens(builder.AddProject<Projects.EdgeSync_Gateway>("gateway", launchProfileName: null))
    .WithReference(ingest)
    .WithReference(commands)
    .WithHttpsEndpoint(port: 8443, name: "device", env: "Gateway__DevicePort", isProxied: false)
    .WithHttpsEndpoint(port: 8444, name: "operator", env: "Gateway__OperatorPort", isProxied: false)
    .WithHttpEndpoint(port: 8081, name: "management", env: "Gateway__ManagementPort", isProxied: false)
    .WithEnvironment("Gateway__FleetCaPath", Path.Combine(data, "pki", "fleet-ca.pem"))
    .WithEnvironment("Gateway__ServerCertificatePath", Path.Combine(data, "pki", "gateway.pem"))
    .WithEnvironment("Gateway__ServerCertificateKeyPath", Path.Combine(data, "pki", "gateway.key"))
    .WithEnvironment("Gateway__Tokens__SigningKeysPath", Path.Combine(data, "pki", "token-keys"))
    .WithEnvironment("Gateway__Revocations__Path", Path.Combine(data, "pki", "revocations.jws"))
    .WithHttpHealthCheck("/health", endpointName: "management")
    .WaitFor(ingest)
    .WaitFor(commands);

builder.AddProject<Projects.EdgeSync_EdgeSimulator>("fleet", launchProfileName: null)
    .WithArgs("run", "--data", data, "--control-plane", "https://127.0.0.1:8443,https://127.0.0.1:8444", "--no-live")
    .WaitFor(gateway)
    .WithExplicitStart();

await builder.Build().RunAsync();
