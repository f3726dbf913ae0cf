import type { KernelProvider } from './sandbox.ts'

export const seatBeltWarning =
  'Code interpreter: no operating-system sandbox works on this machine, so code that the model writes is held back by ' +
  "Node's permission model only. That keeps honest mistakes in; it is no protection against an attacker who can steer " +
  'the model, for example by a prompt hidden in a file. It is on because this server serves one person on loopback. ' +
  'Install bubblewrap, or allow user namespaces, for a real sandbox.'

/**
 * The first provider whose self-test reaches nothing of this machine; the candidates come strongest first. That a
 * program is installed proves little: a sysctl, an AppArmor profile or a container can forbid user namespaces, so
 * every candidate is tried. A seat belt is taken only when `allowWeak`, and with a warning.
 */
export async function chooseProvider(
  candidates: KernelProvider[],
  { allowWeak, signal }: { allowWeak: boolean; signal: AbortSignal },
): Promise<{ provider: KernelProvider; warning?: string } | { reason: string }> {
  const reasons: string[] = []
  for (const provider of candidates) {
    const weak = provider.isolation === 'seat belt' || provider.isolation === 'none'
    if (weak && !allowWeak) continue
    const { ok, reason = 'its self-test failed' } = await provider.probe(signal)
    if (!ok) reasons.push(`${provider.id}: ${reason}`)
    else if (!weak) return { provider }
    else return { provider, warning: [seatBeltWarning, ...reasons].join('\n') }
  }
  if (reasons.length === 0) reasons.push('neither bubblewrap (bwrap) nor util-linux (unshare) is installed')
  return { reason: `no sandbox works on this machine: ${reasons.join('; ')}` }
}
