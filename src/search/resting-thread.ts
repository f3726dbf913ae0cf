import type { Worker } from 'node:worker_threads'

export interface Thread<Request, Reply> {
  /** Rejects with `failure` of what the thread said, or with the signal's reason. */
  ask(request: Request, signal: AbortSignal): Promise<Reply>
  close(): Promise<void>
}

/** What a thread answers: the request's number, and what went wrong if something did. */
interface Answered {
  id: number
  error?: string | undefined
}

/**
 * A thread that answers numbered requests. It starts with the first, ends after `idleMs` without one and gives its
 * memory back, and starts anew when it has died. `failure` makes the error of a request; `lost` says that the thread
 * ended before it could answer.
 */
export function restingThread<Request extends object, Reply extends Answered>(
  start: () => Worker,
  { idleMs, failure }: { idleMs: number; failure: (message: string, lost: boolean) => Error },
): Thread<Request, Reply> {
  let thread: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let lastId = 0
  const open = new Map<number, PromiseWithResolvers<Reply>>()

  function started(): Worker {
    const worker = start()
    worker.on('message', (reply: Reply) => {
      const waiting = open.get(reply.id)
      open.delete(reply.id)
      if (reply.error === undefined) waiting?.resolve(reply)
      else waiting?.reject(failure(reply.error, false))
    })
    worker.on('error', (error: Error) => lose(worker, error.message))
    worker.on('exit', () => lose(worker, 'the thread ended'))
    return worker
  }

  function lose(ended: Worker, message: string): void {
    if (thread !== ended) return
    thread = undefined
    rejectAll(message)
  }

  function rejectAll(message: string): void {
    for (const waiting of open.values()) waiting.reject(failure(message, true))
    open.clear()
  }

  async function stop(): Promise<void> {
    clearTimeout(idle)
    const ending = thread
    thread = undefined
    await ending?.terminate()
  }

  /** What is open is answered first. */
  function restLater(): void {
    clearTimeout(idle)
    idle = setTimeout(() => (open.size > 0 ? restLater() : void stop()), idleMs).unref()
  }

  return {
    async ask(request, signal) {
      signal.throwIfAborted()
      restLater()
      thread ??= started()
      const id = ++lastId
      const waiting = Promise.withResolvers<Reply>()
      open.set(id, waiting)
      const abort = () => waiting.reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      // A thread that is waited for keeps the process alive, one that waits does not.
      thread.ref()
      thread.postMessage({ ...request, id })
      try {
        return await waiting.promise
      } finally {
        signal.removeEventListener('abort', abort)
        open.delete(id)
        if (open.size === 0) thread?.unref()
      }
    },
    async close() {
      rejectAll('the server is closing')
      await stop()
    },
  }
}
