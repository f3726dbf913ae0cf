import { useQuery, useQueryClient, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useClient } from '../api/client.ts'
import { followRun } from '../api/follow-run.ts'
import { messagesQuery } from '../api/messages.ts'
import { isOver, threadRunsQuery } from '../api/runs.ts'

/**
 * The run of a thread that is not over, and the newest one. While one works its stream is followed, also after a
 * reload; `isLost` tells that the stream broke off and is being taken up again, `fault` why it is not.
 */
export function useActiveRun(threadId: string | undefined) {
  const client = useClient()
  const queries = useQueryClient()
  const known = { enabled: threadId !== undefined }
  const { data: runs, isPending } = useQuery({ ...threadRunsQuery(client, threadId ?? ''), ...known })
  const { isSuccess } = useInfiniteQuery({ ...messagesQuery(client, threadId ?? ''), ...known })
  const [isLost, setLost] = useState(false)
  const [fault, setFault] = useState<Error>()
  const active = runs?.find((run) => !isOver(run))
  const id = isSuccess ? active?.id : undefined
  // A run that is known to be over is followed to its end all the same: its last words come with its stream.
  const [followed, setFollowed] = useState<string>()
  if (id !== undefined && id !== followed) setFollowed(id)
  useEffect(() => {
    if (followed === undefined || threadId === undefined) return
    const stop = new AbortController()
    const run = { id: followed, thread_id: threadId }
    followRun({ client, queries, run, signal: stop.signal, onConnection: setLost }).catch(setFault)
    return () => {
      stop.abort()
      setLost(false)
      setFault(undefined)
    }
  }, [client, queries, threadId, followed])
  return {
    active,
    latest: runs?.[0],
    isLoading: isPending && threadId !== undefined,
    isLost: isLost && active !== undefined,
    fault,
  }
}
