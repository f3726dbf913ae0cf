import { Button, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useClient } from '../api/client.ts'
import { healthQuery } from '../api/health.ts'
import { Page } from '../parts/Page.tsx'

const reload = () => location.reload()

/**
 * In the place of a room whose program has not come. The page is loaded anew when the server is back, and not the part
 * alone: its styles would not be asked for again, and a server of another version has parts of other names.
 */
export function RoomNotLoaded() {
  const { isError } = useQuery(healthQuery(useClient()))
  const queries = useQueryClient()
  // Whether the server is away is found out now, and not at the next look.
  useEffect(() => void queries.invalidateQueries({ queryKey: ['health'] }), [queries])
  const wasLost = useRef(false)
  useEffect(() => {
    if (wasLost.current && !isError) reload()
    wasLost.current = isError
  }, [isError])
  return (
    <Page title="This page is not loaded yet">
      <Text fz="sm" mb="sm">
        {isError
          ? 'It is loaded by itself as soon as the server answers again.'
          : 'The server did not give a part of the console. It may have another version by now.'}
      </Text>
      {!isError && <Button onClick={reload}>Load it again</Button>}
    </Page>
  )
}
