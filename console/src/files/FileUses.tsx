import { Anchor, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { storesWithFileQuery } from '../api/stores.ts'
import { visible } from '../parts/visible.ts'

/** The vector stores that have a file. */
export function FileUses({ id }: { id: string }) {
  const { data: stores } = useQuery(storesWithFileQuery(useClient(), id))
  if (!stores) return '…'
  if (stores.length === 0) return 'none'
  return (
    <Stack gap={0}>
      {stores.map((store) => (
        <Anchor key={store.id} component={Link} to={`~/stores/${store.id}/files/${id}`} inherit lineClamp={2}>
          {visible(store.name) ?? store.id}
        </Anchor>
      ))}
    </Stack>
  )
}
