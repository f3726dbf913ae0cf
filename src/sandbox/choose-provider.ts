import type { KernelProvider } from './sandbox.ts'

const seatBeltWarning =
  'Code interpreter: no operating-system sandbox works on this machine, so code that the model writes is held back by ' +
  "Node's permission model only. That keeps honest mistakes in; it is no protection against an attacker who can steer " +
  'the model, for example by a prompt hidden in a file. It is on because this server serves one person on loopback. ' +
  'Install bubblewrap, or allow user namespaces, for a real sandbox.'

export interface ProviderChoice {
  provider: KernelProvider
  /** Why it is this one, for the person who runs the server. */
  reason: string
  warning?: string
}

/**
 * The first provider whose self-test reaches nothing of this machine; the candidates come preferred first, and `missing`
 * says what is no candidate. That a
 * program is installed proves little: a sysctl, an AppArmor profile or a container can forbid user namespaces, so
 * every candidate is tried. A seat belt is taken only when `allowWeak`, and with a warning.
 */
export async function chooseProvider(
  candidates: KernelProvider[],
  { allowWeak, missing = [], signal }: { allowWeak: boolean; missing?: string[]; signal: AbortSignal },
): Promise<ProviderChoice | { reason: string }> {
  const reasons = [...missing]
  for (const provider of candidates) {
    signal.throwIfAborted()
    const weak = provider.isolation === 'seat belt' || provider.isolation === 'none'
    if (weak && !allowWeak) continue
    const { ok, reason = 'its self-test failed' } = await tested(provider, signal)
    if (!ok) {
      reasons.push(`${provider.id}: ${reason}`)
      await provider.close?.()
      continue
    }
    const passed = 'the strongest found: its self-test reached nothing of this machine'
    return {
      provider,
      reason: reasons.length === 0 ? passed : `${passed}; passed over: ${reasons.join('; ')}`,
      ...(weak && { warning: [seatBeltWarning, ...reasons].join('\n') }),
    }
  }
  // Where only a pair was asked for that is missing, its own reason says it all.
  if (candidates.length > 0 ? reasons.length === missing.length : missing.length === 0)
    reasons.push('neither bubblewrap (bwrap) nor util-linux (unshare) is installed')
  return { reason: `no sandbox works on this machine: ${reasons.join('; ')}` }
}

async function tested(provider: KernelProvider, signal: AbortSignal) {
  try {
    return await provider.probe(signal)
  } catch (error) {
    await provider.close?.()
    throw error
  }
}
