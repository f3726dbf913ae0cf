/**
 * The answer of `KernelProvider.probe`. `leaks` tries to reach the canaries and gives those that it reached; what it
 * throws is a reason as well, but for the end of the signal, which is thrown on.
 */
export async function probe(
  leaks: (signal: AbortSignal) => Promise<string[]>,
  signal: AbortSignal,
): Promise<{ ok: boolean; reason?: string }> {
  try {
    const reached = await leaks(signal)
    return reached.length === 0
      ? { ok: true }
      : { ok: false, reason: `code in it reached ${reached.join(', ')}` }
  } catch (error) {
    signal.throwIfAborted()
    return { ok: false, reason: (error as Error).message }
  }
}
