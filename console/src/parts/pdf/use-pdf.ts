import { useEffect, useState } from 'react'
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
    const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), { type: 'module' })
    const ask = questions(worker, (error) => setState({ error }))
    const copy = bytes.slice().buffer
    ask('open', { bytes: copy }).then(
      (pages) => setState({ pdf: { pages, ask } }),
      (error: Error) => setState({ error }),
    )
    return () => {
      worker.terminate()
      setState({})
    }
  }, [bytes])
  return state
}

/** Answers come with the number of their question. A thread that has died answers nothing any more. */
function questions(worker: Worker, onDeath: (error: Error) => void): Ask {
  const open = new Map<number, PromiseWithResolvers<never>>()
  let last = 0
  worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
    const question = open.get(data.id)
    open.delete(data.id)
    if ('error' in data) question?.reject(new Error(data.error))
    else question?.resolve(data.answer as never)
  })
  worker.addEventListener('error', () => onDeath(new Error('The PDF could not be drawn.')))
  return (type, given) => {
    const id = ++last
    const question = Promise.withResolvers<never>()
    open.set(id, question)
    worker.postMessage({ id, type, ...given })
    return question.promise
  }
}
