import type { KernelProvider } from '../../src/sandbox/sandbox.ts'
import { attempts } from './attempts.ts'
import { cases } from './cases.ts'
import { startHost, type Host } from './host.ts'
import { place } from './pairs.ts'
import { Subject, tryAttempt } from './try-attempt.ts'

export interface CheckVerdict {
  /** `held`, how the program was ended, or `open`: not tried, since this pair is known not to hold it. */
  outcome: string
  leaks: string[]
  /** Why it was not tried. */
  reason?: string
}

export interface Check {
  id: string
  what: string
  held: string
  /** Why this pair is known not to hold it; it is then not tried. */
  open?: string
  run(): Promise<CheckVerdict>
}

export interface Checks extends AsyncDisposable {
  all: Check[]
}

const groups = 'SNKRMIPHT'

/** All, for one pair. They share one session as far as they leave it alive. */
export async function checksOf(provider: KernelProvider): Promise<Checks> {
  await using undo = new AsyncDisposableStack()
  const host: Host = undo.use(await startHost(process.execPath, place.uid))
  const subject = undo.use(await Subject.open(provider))
  const open = undo.move()
  const weak = provider.isolation === 'seat belt'
  const check = (one: Omit<Check, 'run'> & { openInSeatBelt?: string }, run: Check['run']): Check => {
    const reason = weak ? one.openInSeatBelt : undefined
    if (reason === undefined) return { ...one, run }
    return { ...one, open: reason, run: async () => ({ outcome: 'open', leaks: [], reason }) }
  }
  const ofPrograms = attempts.map((one) => check(one, () => tryAttempt(subject, one, host)))
  const ofCases = cases.map((one) =>
    check(one, async () => ({ outcome: 'held', leaks: await one.run(provider, host) })),
  )
  const rank = ({ id }: Check) => groups.indexOf(id[0]!) * 100 + Number(id.slice(1))
  return {
    all: [...ofPrograms, ...ofCases].toSorted((a, b) => rank(a) - rank(b)),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
