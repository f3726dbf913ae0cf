import type { Kernel, KernelProvider } from '../../src/sandbox/sandbox.ts'
import { startSessions, type KernelSessions } from '../../src/sandbox/sessions/sessions.ts'
import { all } from './all.ts'
import { descendants, isAlive, within } from './processes.ts'

/** Pyodide takes 165 MB for each that lives. */
const allowed = ({ id }: KernelProvider) => (id.startsWith('pyodide') ? 3 : 10)

type OwnKernel = Kernel & { pid: number }

/** Five times as many threads at once as may have a session, then the ends of sessions by idleness and by age. Gives the leaks. */
export async function openMany(provider: KernelProvider): Promise<string[]> {
  return [...(await atOnce(provider)), ...(await byAge(provider))]
}

/** Never more than allowed at a time, every one answers, and the last ones go when they are idle. */
async function atOnce(provider: KernelProvider): Promise<string[]> {
  const maxSessions = allowed(provider)
  const seen = seeing()
  const sessions = startSessions(provider, {
    maxSessions,
    idleMs: 200,
    maxAgeMs: 600_000,
    spares: 0,
  })
  const answers = await Promise.all(
    Array.from({ length: 5 * maxSessions }, (_, n) => seen.ask(sessions, `thread ${n}`)),
  )
  const gone = await seen.allGone()
  await sessions.close()
  return [
    ...(seen.most() > maxSessions ? [`${seen.most()} sessions instead of ${maxSessions}`] : []),
    ...(answers.every(({ fresh, said }) => fresh && said.includes('42'))
      ? []
      : ['(a session did not answer)']),
    ...(gone ? [] : ['processes of sessions that are idle']),
  ]
}

/** One that is used all the time is exchanged for another, and one that is not used ends as well. */
async function byAge(provider: KernelProvider): Promise<string[]> {
  const seen = seeing()
  const sessions = startSessions(provider, {
    maxSessions: 2,
    idleMs: 600_000,
    maxAgeMs: 500,
    spares: 0,
  })
  await Promise.all([seen.ask(sessions, 'used'), seen.ask(sessions, 'unused')])
  const exchanged = await within(120_000, async () => (await seen.ask(sessions, 'used')).fresh)
  const gone = await seen.allGone()
  await sessions.close()
  return [
    ...(exchanged ? [] : ['a session without an end']),
    ...(gone ? [] : ['processes of sessions that are old']),
  ]
}

/** Counts the sessions that are open, and keeps the numbers of all their processes. */
function seeing() {
  let open = 0
  let most = 0
  const trees = new Set<number>()
  return {
    most: () => most,
    ask: (sessions: KernelSessions, key: string) =>
      sessions.use(key, async ({ kernel, fresh }) => {
        if (fresh) {
          most = Math.max(most, ++open)
          void kernel.closed.then(() => open--)
        }
        const said = JSON.stringify(await all(kernel.run('6 * 7', {})))
        const { pid } = kernel as OwnKernel
        if (pid !== 0) for (const one of [pid, ...descendants(pid).map((below) => below.pid)]) trees.add(one)
        return { fresh, said }
      }),
    allGone: () => within(120_000, () => trees.size > 0 && open === 0 && ![...trees].some(isAlive)),
  }
}
