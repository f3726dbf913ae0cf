import { Alert } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useClient } from '../api/client.ts'
import { healthQuery } from '../api/health.ts'

/** Says when the server cannot be reached, or cannot write. What is on the page is asked for again when it is back. */
export function ConnectionNotice() {
  const { isError, data } = useQuery(healthQuery(useClient()))
  const queries = useQueryClient()
  const wasLost = useRef(false)
  useEffect(() => {
    if (wasLost.current && !isError)
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'health' })
    wasLost.current = isError
  }, [isError, queries])

  if (isError)
    return (
      <Alert color="red" radius={0} role="alert" title="The connection to the server is lost">
        What you see may be old. Trying again every two seconds.
      </Alert>
    )
  if (data?.status === 'failing')
    return (
      <Alert color="red" radius={0} role="alert" title="The server cannot write">
        Its writes do not reach the database or the disk. Reading works; its log says why.
      </Alert>
    )
  return undefined
}
