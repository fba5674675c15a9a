// What runs, wired to what. No behaviour.
using EdgeSync.AppHost;

var builder = DistributedApplication.CreateBuilder(args);
var wiring = Wiring.Of(builder);

var database = builder.AddControlPlaneDatabase(wiring);
var migrations = builder.AddMigrations(wiring, database);
var gateway = builder.AddGateway(wiring);
var ingest = builder.AddIngest(wiring, database, migrations, gateway);
var commands = builder.AddCommands(wiring, database, migrations, gateway);
gateway.LeadsTo(ingest, commands);

if (!wiring.IsPublish)
{
    builder.AddFleet(wiring, database, gateway).WithOutages(gateway, ingest, commands);
    builder.AddAudit(wiring, database);
}

await builder.Build().RunAsync();
