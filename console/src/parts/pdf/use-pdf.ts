import { useEffect, useState } from 'react'
import { patience } from './limits.ts'
import type { PageSize, PdfRequests, Reply } from './pdf-requests.ts'

export type Ask = <Type extends keyof PdfRequests>(
  type: Type,
  given: PdfRequests[Type]['given'],
) => Promise<PdfRequests[Type]['answer']>

export interface Pdf {
  pages: PageSize[]
  ask: Ask
}

/** A document in a thread of its own, which ends with the component. */
export function usePdf(bytes: Uint8Array<ArrayBuffer>): { pdf?: Pdf; error?: Error } {
  const [state, setState] = useState<{ pdf?: Pdf; error?: Error }>({})
  useEffect(() => {
    const { ask, end } = startWorker((error) => setState({ error }))
    ask('open', { bytes: bytes.slice().buffer }).then(
      (pages) => setState({ pdf: { pages, ask } }),
      (error: Error) => setState({ error }),
    )
    return () => {
      end()
      setState({})
    }
  }, [bytes])
  return state
}

/** Answers come with the number of their question. A thread that has died, or was ended, answers nothing any more. */
function startWorker(onDeath: (error: Error) => void): { ask: Ask; end: () => void } {
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), { type: 'module' })
  const open = new Map<number, PromiseWithResolvers<never>>()
  let last = 0
  // The thread answers one question after the other, so each answer begins the time of the next one.
  let late: ReturnType<typeof setTimeout> | undefined
  const end = () => {
    clearTimeout(late)
    worker.terminate()
  }
  const die = (reason: string) => {
    end()
    onDeath(new Error(reason))
  }
  const wait = () => {
    clearTimeout(late)
    if (open.size > 0) late = setTimeout(() => die('It takes too long to draw.'), patience)
  }
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    const question = open.get(data.id)
    open.delete(data.id)
    if ('error' in data) question?.reject(new Error(data.error))
    else question?.resolve(data.answer as never)
    wait()
  })
  worker.addEventListener('error', () => die('The drawing of it has failed.'))
  const ask: Ask = (type, given) => {
    const id = ++last
    const question = Promise.withResolvers<never>()
    open.set(id, question)
    if (open.size === 1) wait()
    worker.postMessage({ id, type, ...given }, { transfer: 'bytes' in given ? [given.bytes] : [] })
    return question.promise
  }
  return { ask, end }
}
