import { Button, Group, Modal, NumberInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import type { VectorStore } from '../api/stores.ts'
import { Failure } from '../parts/Failure.tsx'
import { PairsInput, toPairs, type Pair } from '../parts/PairsInput.tsx'

interface Props {
  opened: boolean
  onClose: () => void
  onSaved: (store: VectorStore) => void
  /** The store that is changed. Without one, a store is made. */
  store?: VectorStore
}

/** What a vector store has besides its files: name, description, expiry and metadata. */
export function StoreForm({ opened, onClose, ...props }: Props) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={props.store ? 'Edit the vector store' : 'New vector store'}
    >
      <Fields {...props} onClose={onClose} />
    </Modal>
  )
}

function Fields({ store, onClose, onSaved }: Omit<Props, 'opened'>) {
  const client = useClient()
  const queries = useQueryClient()
  const [name, setName] = useState(store?.name ?? '')
  const [description, setDescription] = useState(store?.description ?? '')
  const [days, setDays] = useState<number | string>(store?.expires_after?.days ?? '')
  const [metadata, setMetadata] = useState<Pair[]>(toPairs(store?.metadata ?? {}))
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      client.post<VectorStore>(`/vector_stores${store ? `/${store.id}` : ''}`, {
        body: {
          name: name.trim() === '' ? null : name.trim(),
          description: description.trim() === '' ? null : description.trim(),
          expires_after: typeof days === 'number' ? { anchor: 'last_active_at', days } : null,
          metadata: Object.fromEntries(
            metadata.filter(({ key }) => key !== '').map(({ key, value }) => [key, value]),
          ),
        },
      }),
    onSuccess(saved) {
      void queries.invalidateQueries({ queryKey: ['/vector_stores'] })
      onClose()
      onSaved(saved)
    },
  })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        mutate()
      }}
    >
      <Stack gap="md">
        <TextInput
          label="Name"
          value={name}
          maxLength={256}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="Description"
          value={description}
          maxLength={512}
          onChange={({ currentTarget }) => setDescription(currentTarget.value)}
        />
        <NumberInput
          label="Expires after days without use"
          description="Empty: never. Whatever is in an expired store is no longer searched."
          min={1}
          max={365}
          value={days}
          onChange={setDays}
        />
        <PairsInput label="Metadata" pairs={metadata} onChange={setMetadata} />
        {error && <Failure error={error} />}
        <Group justify="flex-end" gap="sm">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="filled" loading={isPending}>
            {store ? 'Save' : 'Make the vector store'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
