import type { KernelProvider } from './sandbox.ts'

const seatBeltWarning =
  'Code interpreter: no operating-system sandbox works on this machine, so code that the model writes is held back by ' +
  "Node's permission model only. That keeps honest mistakes in; it is no protection against an attacker who can steer " +
  'the model, for example by a prompt hidden in a file. It is on because this server serves one person on loopback. ' +
  'Install bubblewrap, or allow user namespaces, for a real sandbox.'

export interface ProviderChoice {
  provider: KernelProvider
  /** Tells the operator why this provider was chosen. */
  reason: string
  warning?: string
}

/**
 * Returns the first provider whose self-test reaches nothing of this machine. The candidates are in order of
 * preference, and `missing` gives the reasons why others are not candidates. An installed program proves little,
 * because a sysctl, an AppArmor profile or a container can forbid user namespaces. So every candidate is tried. One
 * that is only a seat belt is chosen only with `allowWeak`, and with a warning.
 */
export async function chooseProvider(
  candidates: KernelProvider[],
  { allowWeak, missing = [], signal }: { allowWeak: boolean; missing?: string[]; signal: AbortSignal },
): Promise<ProviderChoice | { reason: string }> {
  const failed = new Map<string, string[]>()
  for (const provider of candidates) {
    signal.throwIfAborted()
    const weak = provider.isolation === 'seat belt' || provider.isolation === 'none'
    if (weak && !allowWeak) continue
    const { ok, reason = 'its self-test failed' } = await tested(provider, signal)
    if (!ok) {
      failed.set(reason, [...(failed.get(reason) ?? []), provider.id])
      await provider.close?.()
      continue
    }
    const reasons = reasonsOf(missing, failed)
    const passed = 'the strongest found: its self-test reached nothing of this machine'
    return {
      provider,
      reason: reasons.length === 0 ? passed : `${passed}; passed over: ${reasons.join('; ')}`,
      ...(weak && { warning: [seatBeltWarning, ...reasons].join('\n') }),
    }
  }
  const reasons = reasonsOf(missing, failed)
  // When the operator asked for one pair and it is missing, its own reason is enough.
  if (candidates.length > 0 ? reasons.length === missing.length : missing.length === 0)
    reasons.push('neither bubblewrap (bwrap) nor util-linux (unshare) is installed')
  return { reason: `no sandbox works on this machine: ${reasons.join('; ')}` }
}

/** Each reason once, after the ids of all providers that have it. */
const reasonsOf = (missing: readonly string[], failed: Map<string, string[]>): string[] => [
  ...missing,
  ...[...failed].map(([reason, ids]) => `${ids.join(', ')}: ${reason}`),
]

async function tested(provider: KernelProvider, signal: AbortSignal) {
  try {
    return await provider.probe(signal)
  } catch (error) {
    await provider.close?.()
    throw error
  }
}
