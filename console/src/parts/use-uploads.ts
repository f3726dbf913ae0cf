import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useReducer, useRef } from 'react'
import { useClient } from '../api/client.ts'
import { uploadFile, whyRefused, type FileObject, type UploadPurpose } from '../api/uploads.ts'

export interface Upload {
  key: number
  file: File
  purpose: UploadPurpose
  state: 'waiting' | 'sending' | 'done' | 'failed'
  /** The share that has been sent, from 0 to 1. */
  share: number
  /** Why it failed. */
  reason?: string
}

/** How many files are sent at the same time. */
const atOnce = 3

type Change =
  | { type: 'add'; uploads: Upload[] }
  | { type: 'update'; key: number; with: Partial<Upload> }
  | { type: 'clear' }

function change(uploads: Upload[], by: Change): Upload[] {
  if (by.type === 'add') return [...uploads, ...by.uploads]
  if (by.type === 'clear') return uploads.filter(({ state }) => state === 'waiting' || state === 'sending')
  return uploads.map((one) => (one.key === by.key ? { ...one, ...by.with } : one))
}

let lastKey = 0

/**
 * Files on their way to the server, a few at a time. `afterwards` is called with each that has arrived; what it throws
 * is a failure of that file. A reload asks before it interrupts them, and leaving the page stops them.
 */
export function useUploads(afterwards?: (file: FileObject) => Promise<unknown>) {
  const client = useClient()
  const queries = useQueryClient()
  const [uploads, dispatch] = useReducer(change, [])
  /** What stops each upload that is being sent, by its key. */
  const stops = useRef(new Map<number, AbortController>())
  const begun = useRef(new Set<number>())

  useEffect(() => {
    const { current } = stops
    return () => current.forEach((one) => one.abort())
  }, [])

  const running = uploads.filter(({ state }) => state === 'sending').length
  const next = running < atOnce ? uploads.find(({ state }) => state === 'waiting') : undefined
  useEffect(() => {
    if (!next || begun.current.has(next.key)) return
    const { key, file, purpose } = next
    begun.current.add(key)
    const stop = new AbortController()
    stops.current.set(key, stop)
    const update = (values: Partial<Upload>) => dispatch({ type: 'update', key, with: values })
    const send = async () => {
      const onProgress = (share: number) => update({ share })
      const sent = await uploadFile(client, { file, purpose, onProgress, signal: stop.signal })
      await afterwards?.(sent)
    }
    update({ state: 'sending' })
    void send()
      .finally(() => stops.current.delete(key))
      .then(
        () => {
          update({ state: 'done', share: 1 })
          void queries.invalidateQueries({ queryKey: ['/files', 'pages'] })
        },
        (error: Error) => update({ state: 'failed', reason: error.message }),
      )
  }, [next, client, queries, afterwards])

  const isBusy = running > 0 || next !== undefined
  useEffect(() => {
    if (!isBusy) return undefined
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', ask)
    return () => window.removeEventListener('beforeunload', ask)
  }, [isBusy])

  return {
    uploads,
    add: (files: File[], purpose: UploadPurpose) =>
      dispatch({ type: 'add', uploads: files.map((file) => newUpload(file, purpose)) }),
    retry: (key: number) => {
      begun.current.delete(key)
      dispatch({ type: 'update', key, with: { state: 'waiting', share: 0 } })
    },
    stop: (key: number) => {
      stops.current.get(key)?.abort()
      dispatch({ type: 'update', key, with: { state: 'failed', reason: 'Stopped.' } })
    },
    clear: () => dispatch({ type: 'clear' }),
  }
}

function newUpload(file: File, purpose: UploadPurpose): Upload {
  const reason = whyRefused(file)
  const state = reason === undefined ? 'waiting' : 'failed'
  return { key: ++lastKey, file, purpose, share: 0, state, ...(reason !== undefined && { reason }) }
}
