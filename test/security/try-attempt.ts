import { setTimeout as wait } from 'node:timers/promises'
import type { Kernel, KernelProvider, KernelOutput } from '../../src/sandbox/sandbox.ts'
import { outputText } from '../../src/sandbox/self-test/output-text.ts'
import { prelude, type Attempt } from './attempt.ts'
import { all } from './all.ts'
import { collect, type Collected } from './collected.ts'
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
    return (await this.value('40 + 2')) === '42'
  }

  async value(expression: string): Promise<string | undefined> {
    const outputs = await all(this.kernel.run(expression, { timeoutMs: 20_000 }))
    return outputs.flatMap((output) => (output.type === 'result' ? output.data['text/plain'] : [])).at(0)
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
  const namespaces = subject.provider.isolation.startsWith('namespaces')
  const { file } = attempt
  if (file) await subject.kernel.putFile(file.name, bytesOf(file.text))
  const before = prelude({ ...host.told, namespaces })
  const code = `${before}\n${attempt.program}\nprint(traps['leak'] + ':end')`
  const timeoutMs = await timeFor(subject, before, attempt)
  const outputs = await all(subject.kernel.run(code, { timeoutMs }))
  const said = outputText(outputs)
  const outcome = outcomeOf(outputs, said.includes(`${host.told.leak}:end`))
  const collected = await collectFrom(subject, outputs, attempt, outcome === 'killed')
  // What is on its way arrives.
  await wait(20)
  const leaks = [...(await watch.leaks(said + collected.text)), ...collected.wrong]
  const { ends = ['held'], truncated, kept } = attempt
  if (!ends.includes(outcome)) leaks.push(`(it ended as ${outcome})`)
  const done = outputs.at(-1)
  if (truncated && !(done?.type === 'done' && done.truncated)) leaks.push('(nothing was cut off)')
  if (kept && (await subject.value(kept.expression)) !== kept.value) leaks.push('(what it had was lost)')
  if (/"ename":"(SyntaxError|IndentationError|NameError)"/.test(said)) leaks.push('(the program is wrong)')
  if (outcome === 'killed' || !(await subject.works())) {
    await subject.renew()
    if (!(await subject.works())) leaks.push('(a new session does not work)')
  }
  return { outcome, leaks, said }
}

/** A time limit that the program reaches in its middle, however busy the machine is with others: the prelude tells that. */
async function timeFor({ kernel }: Subject, before: string, { timeoutMs }: Attempt): Promise<number> {
  if (timeoutMs === undefined) return 20_000
  const began = performance.now()
  await all(kernel.run(before, {}))
  return timeoutMs + 5 * (performance.now() - began)
}

/** A session that is not itself any more may fail here; it is replaced then. */
async function collectFrom(
  { kernel }: Subject,
  outputs: KernelOutput[],
  attempt: Attempt,
  isGone: boolean,
): Promise<Collected> {
  if (isGone) return { wrong: [], text: '' }
  try {
    return await collect(kernel, outputs, attempt)
  } catch (error) {
    return { wrong: attempt.ends ? [] : [`(${(error as Error).message})`], text: '' }
  }
}

function outcomeOf(outputs: KernelOutput[], ended: boolean): string {
  const done = outputs.at(-1)
  if (done?.type === 'done' && done.status === 'died') return 'killed'
  if (ended) return 'held'
  const error = outputs.find((output) => output.type === 'error')
  return error?.type === 'error' ? error.ename : 'ended'
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}
