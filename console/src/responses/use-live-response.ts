import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useClient } from '../api/client.ts'
import { followResponse, liveKey } from '../api/follow-response.ts'
import { isOver, type Item, type Response } from '../api/responses.ts'

/** What a response says while it is made in the background; `isLost` tells that its stream broke off and is being taken up. */
export function useLiveResponse(response: Response | undefined) {
  const client = useClient()
  const queries = useQueryClient()
  const [isLost, setLost] = useState(false)
  const active = response?.background && !isOver(response) ? response.id : undefined
  // One that is known to be over is followed to its end all the same: its last words come with its stream.
  const [followed, setFollowed] = useState(active)
  if (active !== undefined && active !== followed) setFollowed(active)
  const { data: output } = useQuery<Item[]>({
    queryKey: liveKey(followed ?? ''),
    queryFn: () => [],
    enabled: false,
  })
  useEffect(() => {
    if (followed === undefined) return
    const stop = new AbortController()
    void followResponse({ client, queries, id: followed, signal: stop.signal, onConnection: setLost })
    return () => {
      stop.abort()
      setLost(false)
    }
  }, [client, queries, followed])
  return { output: followed === response?.id ? output : undefined, isLost: isLost && active !== undefined }
}
