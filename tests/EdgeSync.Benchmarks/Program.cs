using BenchmarkDotNet.Running;
using EdgeSync.Benchmarks;

if (args is ["system", .. var rest])
{
    return await SystemVerb.InvokeAsync(rest);
}

BenchmarkSwitcher.FromAssembly(typeof(DigestBenchmarks).Assembly).Run(args);
return 0;
