using EdgeSync.EdgeSimulator;

SqliteFile.CountNoMemory();
return await CommandLine.InvokeAsync(args, TimeProvider.System, Console.Error);
