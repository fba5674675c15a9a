using EdgeSync.Commands;
using EdgeSync.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
if (MigrateMode.IsAsked(args))
{
    return await builder.RunMigrationsAsync(args, Console.Out, Console.Error);
}

builder.AddServiceDefaults();
builder.AddCommands();
await using var app = builder.Build();
app.MapDefaultEndpoints();
app.MapCommands();
await app.RunAsync();
return 0;
