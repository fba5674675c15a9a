using EdgeSync.Commands;
using EdgeSync.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddCommands();
await using var app = builder.Build();
app.MapDefaultEndpoints();
app.MapCommands();
await app.RunAsync();
