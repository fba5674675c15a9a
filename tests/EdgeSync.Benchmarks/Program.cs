using System.Globalization;
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

if (args is ["connect", .. var connect])
{
    return await ConnectVerb.InvokeAsync(connect);
}

if (args is ["backlog", .. var backlog])
{
    return await BacklogVerb.InvokeAsync(backlog);
}

if (args is [BareTlsVerb.Name, var port, var health, var pki])
{
    return await BareTlsVerb.InvokeAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(health, CultureInfo.InvariantCulture), pki);
}

if (args is [SubscriberVerb.Name, var broker])
{
    return await SubscriberVerb.InvokeAsync(int.Parse(broker, CultureInfo.InvariantCulture));
}

BenchmarkSwitcher.FromAssembly(typeof(DigestBenchmarks).Assembly).Run(args);
return 0;
