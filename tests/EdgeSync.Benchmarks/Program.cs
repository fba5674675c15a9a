using BenchmarkDotNet.Running;
using EdgeSync.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(DigestBenchmarks).Assembly).Run(args);
