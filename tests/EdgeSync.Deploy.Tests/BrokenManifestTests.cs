namespace EdgeSync.Deploy.Tests;

/// <summary>A rule that never fails holds nothing: each kind of fault is put into a copy, and is found with a sentence that says where.</summary>
public sealed class BrokenManifestTests
{
    private const string Base = "deploy/kubernetes/base/";
    private const string Production = "deploy/kubernetes/overlays/production/";
    private const string Database = "deploy/kubernetes/cockroachdb/";

    /// <summary>What is broken: the file, what stands in it, what stands there instead, and the sentence's beginning or part.</summary>
    public static TheoryData<string, string, string, string, string> Faults => new()
    {
        // Fields and values that Kubernetes does not have.
        { "unknown field", Base + "ingest.yaml", "readinessProbe:", "readynessProbe:", "ingest.yaml: Deployment ingest: Property 'readynessProbe' not found" },
        { "unknown field of a custom resource", Database + "certificates.yaml", "rotationPolicy: Always", "rotation: Always", "Property 'rotation' not found" },
        { "unknown type", Base + "service-accounts.yaml", "kind: ServiceAccount", "kind: ServiceAcount", "v1/ServiceAcount is no type that is known" },
        { "key twice", Base + "namespace.yaml", "  name: edgesync\n", "  name: edgesync\n  name: edgesync2\n", "namespace.yaml:" },
        { "object twice", Base + "kustomization.yaml", "  - ingest.yaml\n", "  - ingest.yaml\n  - ingest.yaml\n", "Deployment ingest is there twice" },
        { "unknown field of kustomize", Production + "kustomization.yaml", "patches:\n", "commonLabels: {a: b}\npatches:\n", "'commonLabels' is not known" },
        { "missing file", Production + "kustomization.yaml", "  - scaling.yaml\n", "  - scalling.yaml\n", "overlays/production/scalling.yaml does not exist" },
        { "patch of nothing", Production + "kustomization.yaml", "kind: Job\n      name: migrate", "kind: Job\n      name: migration", "there is no Job migration to patch" },
        { "patch that leads nowhere", Production + "ingest.yaml", "/containers/0/resources", "/containers/1/resources", "leads nowhere" },
        { "renamed image that nobody uses", Production + "kustomization.yaml", "name: edgesync/gateway\n", "name: edgesync/gate\n", "nothing uses the image edgesync/gate" },
        // Ports.
        { "wrong port of a container", Base + "ingest.yaml", "containerPort: 5102", "containerPort: 5103", "port h2c is declared as 5103, but Kestrel__Endpoints__H2c__Url" },
        { "wrong port of a service", Base + "commands.yaml", "targetPort: h2c", "targetPort: h2", "Service commands: port h2c leads to port h2" },
        { "port that nobody turns into another", Base + "ingest.yaml", "      port: 5102", "      port: 80", "Service ingest: port h2c is 80, but without an address of its own" },
        { "wrong port in a setting", Base + "kustomization.yaml", "http://ingest:5102", "http://ingest:5101", "Service ingest has no port 5101" },
        { "wrong host in a setting", Base + "kustomization.yaml", "http://commands:5202", "http://command:5202", "there is no Service command" },
        { "node that is not there", Production + "kustomization.yaml", "cockroachdb-2.cockroachdb", "cockroachdb-3.cockroachdb", "has no pod cockroachdb-3" },
        { "listens for itself alone", Base + "kustomization.yaml", "http://*:5201", "http://127.0.0.1:5201", "which others than the pod cannot reach" },
        { "selector without pods", Base + "gateway.yaml", "  selector:\n    app.kubernetes.io/name: gateway\n", "  selector:\n    app.kubernetes.io/name: door\n", "Service gateway: its selector finds no pod" },
        { "selector of another workload", Base + "ingest.yaml", "    matchLabels:\n      app.kubernetes.io/name: ingest\n  strategy", "    matchLabels:\n      app.kubernetes.io/name: commands\n  strategy", "Deployment ingest: its selector does not match its pods" },
        // Probes.
        { "missing probe", Base + "commands.yaml", "readinessProbe:", "startupProbe2:", "startupProbe2" },
        { "no readiness", Base + "otel-collector.yaml", "          readinessProbe:\n            httpGet:\n              path: /\n              port: health\n            periodSeconds: 5\n", "", "container otel-collector: readinessProbe is missing" },
        { "probe of the wrong port", Base + "gateway.yaml", "              path: /health\n              port: management", "              path: /health\n              port: device", "readinessProbe asks port device; health is at management" },
        { "probe of the wrong path", Base + "gateway.yaml", "path: /health", "path: /healthz", "readinessProbe asks for /healthz" },
        { "probe of the wrong scheme", Database + "statefulset.yaml", "scheme: HTTPS", "scheme: HTTP", "livenessProbe speaks HTTP; the port speaks HTTPS" },
        // What is referred to.
        { "missing secret", Base + "gateway.yaml", "secretName: token-keys", "secretName: token-key", "Deployment gateway, volume token-keys: Secret token-key does not exist" },
        { "secret that the script makes no more", "deploy/kubernetes/secrets.sh", "create secret generic issuing-ca", "create secret generic issuing", "Secret issuing-ca does not exist" },
        { "secret's missing key", Database + "statefulset.yaml", "key: tls.key", "key: key.pem", "Secret cockroachdb-node has no key key.pem" },
        { "missing configuration", Base + "migrate.yaml", "name: migrate-settings", "name: migration-settings", "ConfigMap migration-settings does not exist" },
        { "configuration merged into nothing", Production + "kustomization.yaml", "name: ingest-settings", "name: ingest-setting", "ConfigMap ingest-setting is not there to merge with" },
        { "path without a mount", Base + "kustomization.yaml", "/etc/edgesync/token-keys", "/etc/edgesync/tokens", "names /etc/edgesync/tokens, but nothing is mounted there" },
        { "path without a key", Base + "kustomization.yaml", "receipts/receipts.key", "receipts/receipts.pk", "Secret receipts-signer has no receipts.pk" },
        { "mount without a volume", Base + "ingest.yaml", "            - name: receipts\n", "            - name: receipt\n", "no volume is named receipt" },
        { "missing account", Base + "ingest.yaml", "serviceAccountName: ingest", "serviceAccountName: default", "ServiceAccount 'default' does not exist" },
        { "scaler of nothing", Production + "scaling.yaml", "    kind: Deployment\n    name: commands", "    kind: Deployment\n    name: command", "Deployment command, which it scales, does not exist" },
        { "nothing to take a share of", Production + "commands.yaml", "      cpu: 500m\n", "", "HorizontalPodAutoscaler commands: container commands requests no cpu" },
        { "scaler by a number that is none", Production + "scaling.yaml", "          type: Utilization\n          averageUtilization: 60", "          type: AverageValue\n          averageUtilization: 60", "AverageValue with averageValue" },
        { "two who scale", Base + "gateway.yaml", "  # No number of replicas: an autoscaler may own it.\n", "  replicas: 3\n", "Deployment gateway sets replicas" },
        { "missing issuer", Production + "server-certificate.yaml", "    name: server-ca\n    kind", "    name: servers-ca\n    kind", "Issuer servers-ca does not exist" },
        { "a secret in the manifests", Base + "namespace.yaml", "kind: Namespace", "kind: Secret", "an operator makes Secrets" },
        // Settings and images.
        { "unknown setting", Base + "kustomization.yaml", "Gateway__DevicePort", "Gateway__DevicesPort", "Gateway__DevicesPort is no setting of registry.example/edgesync/gateway" },
        { "setting of another service", Production + "kustomization.yaml", "Ingest__Retention=", "Fleet__CertificateLifetime=", "Fleet__CertificateLifetime is no setting" },
        { "image that nobody builds", Base + "ingest.yaml", "image: edgesync/ingest:0.1.0", "image: edgesync/ingest:0.2.0", "nobody builds the image registry.example/edgesync/ingest:0.2.0" },
        { "image without a version", Database + "init.yaml", "cockroachdb/cockroach:v25.4.11", "cockroachdb/cockroach:latest", "nobody builds the image cockroachdb/cockroach:latest" },
        // What a container may do and take.
        { "root", Base + "commands.yaml", "runAsNonRoot: true", "runAsNonRoot: false", "securityContext must have runAsNonRoot" },
        { "writable", Base + "migrate.yaml", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "container grants: securityContext must have readOnlyRootFilesystem" },
        { "capabilities", Database + "backup.yaml", "drop: [ALL]", "drop: [NET_RAW]", "CronJob backup-full, container backup: securityContext must drop ALL" },
        { "no limit", Base + "otel-collector.yaml", "              memory: 768Mi\n", "", "container otel-collector: resources.limits must name cpu and memory" },
        { "no time to end", Base + "ingest.yaml", "terminationGracePeriodSeconds: 80", "terminationGracePeriodSeconds: 70", "terminationGracePeriodSeconds is 70; 40 s of preStop" },
        // The network.
        { "not let out", Base + "network-policies.yaml", "values: [ingest, commands, migrate]", "values: [commands, migrate]", "Deployment ingest, container ingest: no NetworkPolicy lets it out to StatefulSet cockroachdb" },
        { "not let in", Database + "network-policies.yaml", "migrate, ingest, commands, backup, sql]", "migrate, ingest, commands, sql]", "CronJob backup-full, container backup: no NetworkPolicy lets it into StatefulSet cockroachdb" },
        { "open by default", Base + "network-policies.yaml", "  podSelector: {}\n  policyTypes: [Ingress, Egress]", "  podSelector: {}\n  policyTypes: [Ingress]", "No NetworkPolicy refuses everything" },
        // The collector.
        { "collector elsewhere", "deploy/observability/otel-collector.yaml", "0.0.0.0:4317", "0.0.0.0:4319", "port otlp-grpc is declared as 4317" },
        { "collector lacks a variable", Production + "kustomization.yaml", "      - LOGS_OTLP_URL=https://logs.example/otlp\n", "", "reads LOGS_OTLP_URL, which is not set" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_broken_copy_is_found(string fault, string file, string old, string next, string sentence)
    {
        var broken = ManifestRules.Check(DeployFiles.Repository.With(file, old, next), "production");

        Assert.True(broken.Any(found => found.Contains(sentence, StringComparison.Ordinal)), $"{fault} was not found as '{sentence}', but as: {string.Join('\n', broken)}");
    }

    [Theory]
    [InlineData("name: edgesync_ingest_queue_writes", "name: edgesync_ingest_queue", "edgesync_ingest_queue is no metric of docs/observability.md, as Prometheus names it")]
    [InlineData("type: External", "type: Pods", "a metric of type Pods is not known")]
    [InlineData("path: /spec/metrics/-", "path: /spec/metric/-", "/spec/metric/- leads nowhere")]
    public void A_broken_scaler_by_the_queue_is_found(string old, string next, string sentence)
    {
        var broken = ManifestRules.Check(DeployFiles.Repository.With("deploy/kubernetes/overlays/production-by-queue/ingest.yaml", old, next), "production-by-queue");

        Assert.Contains(sentence, Assert.Single(broken), StringComparison.Ordinal);
    }
}
