using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddIngest();
await using var app = builder.Build();
app.MapDefaultEndpoints();
app.MapIngest();
await app.RunAsync();
