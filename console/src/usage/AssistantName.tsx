import { Anchor } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { shorten } from '../parts/Identifier.tsx'

/** The name of an assistant, or its id when it has none or is gone. */
export function AssistantName({ id }: { id: string }) {
  const client = useClient()
  const { data } = useQuery({
    queryKey: ['/assistants', 'one', id],
    queryFn: ({ signal }) => client.beta.assistants.retrieve(id, { signal }),
    staleTime: 60_000,
  })
  return (
    <Anchor component={Link} to={`~/assistants/${id}`} inherit c="inherit" title={id}>
      {data?.name ?? shorten(id)}
    </Anchor>
  )
}
