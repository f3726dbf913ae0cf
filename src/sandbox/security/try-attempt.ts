import { setTimeout as wait } from 'node:timers/promises'
import type { Kernel, KernelProvider, Output } from '../sandbox.ts'
import { prelude, type Attempt } from './attempt.ts'
import { all } from './all.ts'
import { collectedWrongly } from './collected.ts'
import type { Host } from './host.ts'

/** A session that is used for many attempts and replaced when one has ended it. */
export class Subject implements AsyncDisposable {
  readonly provider: KernelProvider
  kernel: Kernel
  private constructor(provider: KernelProvider, kernel: Kernel) {
    this.provider = provider
    this.kernel = kernel
  }

  static async open(provider: KernelProvider): Promise<Subject> {
    return new Subject(provider, await provider.open({}))
  }

  async renew(): Promise<void> {
    await this.kernel.close()
    this.kernel = await this.provider.open({})
  }

  async works(): Promise<boolean> {
    const outputs = await all(this.kernel.run('40 + 2', { timeoutMs: 5000 }))
    return outputs.some((output) => output.type === 'result' && output.data['text/plain'] === '42')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kernel.close()
  }
}

export interface Verdict {
  /** `held` when the program came to its end, else how it was ended. */
  outcome: string
  /** Empty, or it is an escape. */
  leaks: string[]
  said: string
}

/** Runs one attempt; the host decides. Afterwards the subject works. */
export async function tryAttempt(subject: Subject, attempt: Attempt, host: Host): Promise<Verdict> {
  const watch = host.watch()
  const namespaces = subject.provider.isolation !== 'seat belt'
  const { file, timeoutMs = 20_000 } = attempt
  if (file) await subject.kernel.putFile(file.name, bytesOf(file.text))
  const code = `${prelude({ ...host.told, namespaces })}\n${attempt.program}\nprint(traps['leak'] + ':end')`
  const outputs = await all(subject.kernel.run(code, { timeoutMs }))
  const said = JSON.stringify(outputs)
  const died = outputs.some((output) => output.type === 'done' && output.status === 'died')
  const collected = died ? [] : await collect(subject, outputs, attempt.id)
  // What is on its way arrives.
  await wait(20)
  const leaks = [...(await watch.leaks(said)), ...collected]
  const outcome = outcomeOf(outputs, said.includes(`${host.told.leak}:end`))
  if (!attempt.mayEnd && outcome !== 'held') leaks.push(`(it did not come to its end: ${outcome})`)
  if (/"ename":"(SyntaxError|IndentationError|NameError)"/.test(said)) leaks.push('(the program is wrong)')
  if (outcome === 'killed' || !(await subject.works())) {
    await subject.renew()
    if (!(await subject.works())) leaks.push('(a new session does not work)')
  }
  return { outcome, leaks, said }
}

/** A session that is not itself any more may fail here; it is replaced then. */
async function collect({ kernel }: Subject, outputs: Output[], id: string): Promise<string[]> {
  try {
    return await collectedWrongly(kernel, outputs, id)
  } catch (error) {
    return id === 'H01' ? [(error as Error).message] : []
  }
}

function outcomeOf(outputs: Output[], ended: boolean): string {
  const done = outputs.at(-1)
  if (done?.type === 'done' && done.status === 'died') return 'killed'
  if (ended) return 'held'
  const error = outputs.find((output) => output.type === 'error')
  return error?.type === 'error' ? error.ename : 'ended'
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
