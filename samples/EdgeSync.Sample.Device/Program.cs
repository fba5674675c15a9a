using EdgeSync.Edge;
using EdgeSync.Sample.Device;
using Microsoft.Extensions.Hosting;

var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Services.AddEdgeDevice(builder.Configuration.GetSection(EdgeDeviceOptions.SectionName));
builder.Services.AddPump();
using var host = builder.Build();
host.UsePump();
await host.RunAsync();
