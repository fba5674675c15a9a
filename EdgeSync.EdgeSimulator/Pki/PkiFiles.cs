namespace EdgeSync.EdgeSimulator;

/// <summary>Where a development PKI's files are. The AppHost names some of them again, in its <c>KeyFiles</c>, since it runs this program and does not know it; a test holds them together.</summary>
internal sealed class PkiFiles(string folder)
{
    public string Folder { get; } = folder;

    /// <summary>The root and the intermediate, PEM: what gateway and devices trust.</summary>
    public string Authority => In("fleet-ca.pem");

    /// <summary>The issuing intermediate with its key, PEM.</summary>
    public string Issuing => In("issuing.pem");

    /// <summary>The gateway's certificate and the intermediate, PEM.</summary>
    public string Gateway => In("gateway.pem");

    /// <summary>The gateway's key, PEM.</summary>
    public string GatewayKey => In("gateway.key");

    /// <summary>The key that the gateway's next certificate will have, PEM: devices know its pin already.</summary>
    public string GatewayNextKey => In("gateway-next.key");

    /// <summary>The certificate that durability receipts are signed with and the intermediate, PEM.</summary>
    public string Receipts => In("receipts.pem");

    /// <summary>Its key, PEM.</summary>
    public string ReceiptsKey => In("receipts.key");

    /// <summary>The folder of the keys that sign devices' tokens.</summary>
    public string TokenKeys => In("token-keys");

    /// <summary>The first of them, PEM.</summary>
    public string TokenKey => Path.Combine(TokenKeys, "1.pem");

    /// <summary>The key of operators' tokens, PEM.</summary>
    public string OperatorKey => In("operators.key");

    /// <summary>Its public half, as a JSON Web Key Set.</summary>
    public string OperatorKeySet => In("operators.json");

    /// <summary>What the gateway keeps of who may not enter.</summary>
    public string Revocations => In("revocations.jws");

    private string In(string name) => Path.Combine(Folder, name);
}
