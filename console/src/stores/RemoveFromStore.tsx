import { ActionIcon, Button, Group, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { Cross2Icon } from '@radix-ui/react-icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import type { VectorStoreFile } from '../api/stores.ts'

/** Takes a file out of a store. The file stays, and can be put back, so nothing is asked before. */
export function RemoveFromStore({
  storeId,
  file,
  onRemoved,
}: {
  storeId: string
  file: VectorStoreFile
  onRemoved?: () => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: [`/vector_stores/${storeId}/files`] })
    void queries.invalidateQueries({ queryKey: ['/vector_stores'] })
  }
  const putBack = useMutation({
    mutationFn: () =>
      client.vectorStores.files.create(storeId, {
        file_id: file.id,
        attributes: file.attributes,
        chunking_strategy: file.chunking_strategy,
      }),
    onSuccess: refresh,
    onError: ({ message }) =>
      notifications.show({ color: 'red', title: 'It could not be put back', message }),
  })
  const { mutate, isPending } = useMutation({
    mutationFn: () => client.vectorStores.files.delete(file.id, { vector_store_id: storeId }),
    onSuccess() {
      refresh()
      onRemoved?.()
      const shown = notifications.show({
        autoClose: 10_000,
        message: (
          <Group gap="sm" justify="space-between">
            The file left this store.
            <Button
              onClick={() => {
                notifications.hide(shown)
                putBack.mutate()
              }}
            >
              Put it back
            </Button>
          </Group>
        ),
      })
    },
    onError: ({ message }) =>
      notifications.show({ color: 'red', title: 'It could not be taken out', message }),
  })
  return (
    <Tooltip label="Take out of this store">
      <ActionIcon size={22} aria-label="Take out of this store" loading={isPending} onClick={() => mutate()}>
        <Cross2Icon />
      </ActionIcon>
    </Tooltip>
  )
}
