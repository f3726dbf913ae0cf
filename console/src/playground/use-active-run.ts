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
  const { data: runs } = useQuery({ ...threadRunsQuery(client, threadId ?? ''), ...known })
  const { isSuccess } = useInfiniteQuery({ ...messagesQuery(client, threadId ?? ''), ...known })
  const [isLost, setLost] = useState(false)
  const [fault, setFault] = useState<Error>()
  const active = runs?.find((run) => !isOver(run))
  const id = isSuccess ? active?.id : undefined
  useEffect(() => {
    if (id === undefined || threadId === undefined) return
    const stop = new AbortController()
    const run = { id, thread_id: threadId }
    followRun({ client, queries, run, signal: stop.signal, onConnection: setLost }).catch(setFault)
    return () => {
      stop.abort()
      setLost(false)
      setFault(undefined)
    }
  }, [client, queries, threadId, id])
  return { active, latest: runs?.[0], isLost: isLost && active !== undefined, fault }
}
