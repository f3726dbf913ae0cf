import { Worker, type MessagePort, type Transferable } from 'node:worker_threads'

/**
 * A thread that answers questions. It starts with the first question, ends after a time without questions, and is
 * started again after it has died.
 */
export interface WorkerThread<Question, Answer> {
  /** Rejects when the thread fails or dies, and when the signal is aborted. The thread is not told about an abort. */
  ask(question: Question, options?: { transfer?: Transferable[]; signal?: AbortSignal }): Promise<Answer>
  /** Rejects all questions that are not answered yet. */
  close(): Promise<void>
}

export interface WorkerThreadOptions {
  /** How long the thread is kept without work, in milliseconds. */
  idleMs?: number
  /** The `workerData` of the thread. */
  workerData?: unknown
}

interface Asked<Question> {
  id: number
  question: Question
}

type Answered<Answer> = { id: number } & ({ answer: Answer } | { error: string })

/**
 * `entry` is the module that the thread runs, which must call `answerQuestions`. The thread gets no environment
 * variables.
 */
export function workerThread<Question, Answer>(
  entry: URL,
  name: string,
  { idleMs = 60_000, workerData }: WorkerThreadOptions = {},
): WorkerThread<Question, Answer> {
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0
  const waiting = new Map<number, PromiseWithResolvers<Answer>>()
  const failure = (message: string) => new Error(`${name}: ${message}`)

  function start(): Worker {
    const started = new Worker(entry, { name, workerData, env: {}, execArgv: [] })
    started.on('message', (answered: Answered<Answer>) => {
      const asked = waiting.get(answered.id)
      if ('error' in answered) asked?.reject(failure(answered.error))
      else asked?.resolve(answered.answer)
    })
    started.on('error', (error: Error) => lose(started, error.message))
    started.on('exit', () => lose(started, 'the thread ended'))
    return started
  }

  /** Nothing to do for a thread that was replaced, because its questions were already rejected. */
  function lose(ended: Worker, message: string): void {
    if (worker !== ended) return
    worker = undefined
    for (const asked of waiting.values()) asked.reject(failure(message))
    waiting.clear()
  }

  /**
   * Called when no question is open. A thread with open questions keeps the process alive, and a thread without them
   * does not.
   */
  function rest(): void {
    clearTimeout(idle)
    worker?.unref()
    idle = setTimeout(() => void stop('the thread was idle'), idleMs).unref()
  }

  async function stop(why: string): Promise<void> {
    clearTimeout(idle)
    const ending = worker
    if (ending) lose(ending, why)
    await ending?.terminate()
  }

  return {
    async ask(question, { transfer = [], signal } = {}) {
      signal?.throwIfAborted()
      clearTimeout(idle)
      worker ??= start()
      worker.ref()
      const id = ++lastId
      const asked = Promise.withResolvers<Answer>()
      const abort = () => asked.reject(signal?.reason)
      waiting.set(id, asked)
      signal?.addEventListener('abort', abort, { once: true })
      try {
        worker.postMessage({ id, question } satisfies Asked<Question>, transfer)
        return await asked.promise
      } finally {
        signal?.removeEventListener('abort', abort)
        waiting.delete(id)
        if (waiting.size === 0) rest()
      }
    },
    close: () => stop('the thread was closed'),
  }
}

/** Runs in the thread and answers questions one after the other. When `answer` throws, the promise of `ask` rejects. */
export function answerQuestions<Question, Answer>(
  port: MessagePort | null,
  answer: (question: Question) => Answer | Promise<Answer>,
): void {
  let turn = Promise.resolve()
  port?.on('message', ({ id, question }: Asked<Question>) => {
    turn = turn.then(async () => {
      let answered: Answered<Answer>
      try {
        answered = { id, answer: await answer(question) }
      } catch (error) {
        answered = { id, error: error instanceof Error ? error.message : 'unknown error' }
      }
      port.postMessage(answered)
    })
  })
}

/** The module `name` next to `here`, both in the TypeScript sources and in the output of tsc. */
export const moduleBeside = (here: string, name: string) =>
  new URL(`./${name}.${here.endsWith('.ts') ? 'ts' : 'js'}`, here)
