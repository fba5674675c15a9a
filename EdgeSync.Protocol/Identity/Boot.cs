namespace EdgeSync.Protocol;

/// <summary>
/// Tells one run of a device program from another. The number is counted in the device's file and grows with every start;
/// the nonce is drawn by the process and never stored, so a restored file cannot repeat it.
/// </summary>
/// <param name="Number">1 or more; a message with a lower number than the cloud has seen comes from an earlier run.</param>
/// <param name="Nonce">A random number of this process.</param>
public readonly record struct Boot(long Number, long Nonce);
