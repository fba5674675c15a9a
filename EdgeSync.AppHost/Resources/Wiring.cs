namespace EdgeSync.AppHost;

/// <summary>What all resources are wired by.</summary>
/// <param name="Options">What was chosen.</param>
/// <param name="Keys">Where the services find keys and certificates.</param>
/// <param name="Pki">What makes them in a run; null where operators bring their own.</param>
/// <param name="Target">Where the model is published to; null in a run.</param>
internal sealed record Wiring(AppHostOptions Options, KeyFiles Keys, IResourceBuilder<ProjectResource>? Pki, IPublishEnvironment? Target)
{
    public bool IsPublish => Target is not null;

    /// <summary>Where operators of a run connect.</summary>
    public string OperatorAddress => FormattableString.Invariant($"https://127.0.0.1:{Options.OperatorPort}");

    /// <summary>Where devices of a run connect.</summary>
    public string DeviceAddress => FormattableString.Invariant($"https://127.0.0.1:{Options.DevicePort}");

    /// <exception cref="InvalidOperationException">An option is wrong; the message says what to write.</exception>
    public static Wiring Of(IDistributedApplicationBuilder builder)
    {
        var isPublish = builder.ExecutionContext.IsPublishMode;
        var options = AppHostOptions.From(builder.Configuration, builder.AppHostDirectory, isPublish);
        if (isPublish)
        {
            return new Wiring(options, KeyFiles.Mounted, null, options.Target is PublishTarget.Kubernetes ? KubernetesEnvironment.Add(builder) : ComposeEnvironment.Add(builder));
        }

        Directory.CreateDirectory(Path.Combine(options.Data, "control-plane"));
        var pki = builder.AddProject<Projects.EdgeSync_EdgeSimulator>("pki", launchProfileName: null).WithArgs("pki", "--data", options.Data);
        return new Wiring(options, KeyFiles.In(options.Data), pki, null);
    }
}
