import { Worker, type Transferable } from 'node:worker_threads'

/** A thread that answers questions one after the other. It starts with the first and ends when it has had none for a while. */
export interface WorkerThread<Question, Answer> {
  /** Rejects when the thread dies, or when the signal is aborted, which the thread does not notice. */
  ask(question: Question, options?: { transfer?: Transferable[]; signal?: AbortSignal }): Promise<Answer>
  close(): Promise<void>
}

/** What goes to the thread and comes back. */
export interface Numbered<Content> {
  id: number
  content: Content
}

/** A thread without work ends after this time, in milliseconds. */
const idleTimeout = 60_000

/**
 * `entry` is the module that the thread runs: it answers each `Numbered<Question>` with a `Numbered<Answer>` of the
 * same id. It gets nothing of the environment.
 */
export function workerThread<Question, Answer>(entry: URL, name: string): WorkerThread<Question, Answer> {
  let worker: Worker | undefined
  let timer: NodeJS.Timeout | undefined
  let lastId = 0
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()

  function start(): Worker {
    const started = new Worker(entry, { name, env: {}, execArgv: [] })
    started.on('message', ({ id, content }: Numbered<Answer>) => {
      waiting.get(id)?.resolve(content)
      waiting.delete(id)
      if (waiting.size === 0) rest(started)
    })
    const end = (error: Error) => {
      if (worker !== started) return
      worker = undefined
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
    }
    started.on('error', end)
    started.on('exit', () => end(new Error(`the thread "${name}" ended`)))
    return started
  }

  function rest(resting: Worker): void {
    resting.unref()
    timer = setTimeout(() => {
      if (worker === resting) worker = undefined
      void resting.terminate()
    }, idleTimeout).unref()
  }

  return {
    async ask(question, { transfer = [], signal } = {}) {
      signal?.throwIfAborted()
      clearTimeout(timer)
      worker ??= start()
      worker.ref()
      const id = ++lastId
      const answer = Promise.withResolvers<Answer>()
      waiting.set(id, answer)
      signal?.addEventListener('abort', () => answer.reject(signal.reason), { once: true })
      worker.postMessage({ id, content: question } satisfies Numbered<Question>, transfer)
      return answer.promise
    },
    async close() {
      clearTimeout(timer)
      await worker?.terminate()
    },
  }
}

/** The module `name` beside `here`, in TypeScript as in what tsc makes of it. */
export const moduleBeside = (here: string, name: string) =>
  new URL(`./${name}.${here.endsWith('.ts') ? 'ts' : 'js'}`, here)
