using EdgeSync.Ingest;
using EdgeSync.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
if (MigrateMode.IsAsked(args))
{
    return await builder.RunMigrationsAsync(args, Console.Out, Console.Error);
}

builder.AddServiceDefaults();
builder.AddIngest();
await using var app = builder.Build();
app.MapDefaultEndpoints();
app.MapIngest();
await app.RunAsync();
return 0;
