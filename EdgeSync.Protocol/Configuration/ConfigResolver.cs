namespace EdgeSync.Protocol;

/// <summary>
/// Makes one value of two concurrent ones, where the rule is <see cref="ConfigRule.Custom"/>. It must be a function of its operands alone: the control plane, the device and a replay each run it.
/// Whichever side runs it, the operands come in the same order. What throws, is no JSON, is <c>null</c>, or is larger than a value may be leaves the later value.
/// </summary>
/// <param name="key">The key.</param>
/// <param name="earlier">The value that was written earlier; null for a deletion.</param>
/// <param name="later">The value that was written later; null for a deletion.</param>
/// <param name="common">The last value that both sides had in common; null for none, or when it is not known.</param>
/// <returns>The value to keep; null deletes the key.</returns>
public delegate JsonValue? ConfigResolver(string key, JsonValue? earlier, JsonValue? later, JsonValue? common);
