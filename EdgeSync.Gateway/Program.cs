using EdgeSync.Gateway;
using EdgeSync.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddGateway();
await using var app = builder.Build();
app.MapDefaultEndpoints();
app.MapGateway();
await app.RunAsync();
