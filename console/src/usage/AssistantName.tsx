import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { assistantQuery } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import { shorten } from '../parts/Identifier.tsx'

/** The name of an assistant, or its id when it has none or is gone. */
export function AssistantName({ id }: { id: string }) {
  const { data } = useQuery(assistantQuery(useClient(), id))
  return (
    <Anchor component={Link} to={`~/assistants/${id}`} inherit c="inherit" title={id}>
      {data?.name ?? shorten(id)}
    </Anchor>
  )
}
