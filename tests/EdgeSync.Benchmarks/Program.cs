using BenchmarkDotNet.Running;
using EdgeSync.Benchmarks;

if (args is ["system", .. var rest])
{
    return await SystemVerb.InvokeAsync(rest);
}

if (args is ["delivery", .. var delivery])
{
    return await DeliveryVerb.InvokeAsync(delivery);
}

if (args is ["device", .. var device])
{
    return await DeviceVerb.InvokeAsync(device);
}

if (args is ["misbehaving", .. var others])
{
    return await MisbehavingVerb.InvokeAsync(others);
}

BenchmarkSwitcher.FromAssembly(typeof(DigestBenchmarks).Assembly).Run(args);
return 0;
