namespace EdgeSync.Benchmarks;

/// <summary>What one way of writing readings did once.</summary>
/// <param name="Way">The row of the table.</param>
/// <param name="Repetition">From 1.</param>
/// <param name="Readings">Durable readings.</param>
/// <param name="Seconds">From the first byte to the last acknowledgement.</param>
/// <param name="Transactions">Writing transactions of the database.</param>
/// <param name="DatabaseMicroseconds">CPU of all PostgreSQL processes.</param>
/// <param name="GatewayMicroseconds">CPU of the gateway, or of the peer's broker; 0 where there is none.</param>
/// <param name="IngestMicroseconds">CPU of all instances of ingest, or of the peer's subscriber; 0 where there is none.</param>
/// <param name="ClientMicroseconds">CPU of this process: the direct writer, or the load generator.</param>
internal sealed record Measurement(
    string Way, int Repetition, long Readings, double Seconds, long Transactions, double DatabaseMicroseconds, double GatewayMicroseconds, double IngestMicroseconds, double ClientMicroseconds)
{
    public double ReadingsPerSecond => Readings / Seconds;

    public double RowsPerTransaction => Transactions == 0 ? 0 : (double)Readings / Transactions;

    public double MicrosecondsPerReading => (DatabaseMicroseconds + GatewayMicroseconds + IngestMicroseconds + ClientMicroseconds) / Readings;
}
