using EdgeSync.EdgeSimulator;

return await CommandLine.InvokeAsync(args, TimeProvider.System, Console.Error);
