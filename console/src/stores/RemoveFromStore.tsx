import { ActionIcon, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { Cross2Icon } from '@radix-ui/react-icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'

/** Takes a file out of a store. The file stays, and can be added again, so nothing is asked before. */
export function RemoveFromStore({ storeId, fileId }: { storeId: string; fileId: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => client.vectorStores.files.delete(fileId, { vector_store_id: storeId }),
    onSuccess() {
      void queries.invalidateQueries({ queryKey: [`/vector_stores/${storeId}/files`] })
      void queries.invalidateQueries({ queryKey: ['/vector_stores'] })
      notifications.show({ message: 'The file left this store. It can be added again from Files.' })
    },
    onError: (error) =>
      notifications.show({ color: 'red', title: 'It could not be taken out', message: error.message }),
  })
  return (
    <Tooltip label="Take out of this store">
      <ActionIcon size={22} aria-label="Take out of this store" loading={isPending} onClick={() => mutate()}>
        <Cross2Icon />
      </ActionIcon>
    </Tooltip>
  )
}
