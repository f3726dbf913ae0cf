import { FileButton, Button, Group, MultiSelect, Select } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { visible } from '../parts/visible.ts'

/** The files that Python can read: chosen from those of the server, or uploaded. */
export function PythonFiles({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const { data: files = [] } = useQuery({
    queryKey: ['files', 'for-assistants'],
    queryFn: async ({ signal }) =>
      (await client.files.list({ purpose: 'assistants', limit: 100 }, { signal })).data,
  })
  const upload = useMutation({
    mutationFn: (chosen: File[]) =>
      Promise.all(chosen.map((file) => client.files.create({ file, purpose: 'assistants' }))),
    async onSuccess(made) {
      await queries.invalidateQueries({ queryKey: ['files'] })
      onChange([...value, ...made.map(({ id }) => id)])
    },
    onError: ({ message }) => notifications.show({ color: 'red', title: 'The upload failed', message }),
  })
  const unknown = value.filter((id) => !files.some((file) => file.id === id))
  return (
    <Group align="flex-end" gap="sm" wrap="nowrap">
      <MultiSelect
        flex={1}
        label="Files for Python"
        placeholder={value.length === 0 ? 'None' : ''}
        data={[
          ...files.map(({ id, filename }) => ({ value: id, label: filename })),
          ...unknown.map((id) => ({ value: id, label: id })),
        ]}
        value={value}
        onChange={onChange}
        searchable
        limit={50}
        maxValues={20}
      />
      <FileButton multiple onChange={(chosen) => chosen.length > 0 && upload.mutate(chosen)}>
        {(props) => (
          <Button {...props} loading={upload.isPending}>
            Upload
          </Button>
        )}
      </FileButton>
    </Group>
  )
}

/** The vector store that file search looks into: chosen, or made of files that are uploaded. */
export function SearchStore({ value, onChange }: { value: string[]; onChange: (ids: string[]) => void }) {
  const client = useClient()
  const queries = useQueryClient()
  const { data: stores = [] } = useQuery({
    queryKey: ['stores', 'to-choose'],
    queryFn: async ({ signal }) => (await client.vectorStores.list({ limit: 100 }, { signal })).data,
  })
  const make = useMutation({
    async mutationFn(chosen: File[]) {
      const files = await Promise.all(
        chosen.map((file) => client.files.create({ file, purpose: 'assistants' })),
      )
      const [store] = value
      if (store === undefined)
        return client.vectorStores.create({
          name: chosen[0]!.name,
          file_ids: files.map(({ id }) => id),
        })
      await client.vectorStores.fileBatches.create(store, { file_ids: files.map(({ id }) => id) })
      return { id: store }
    },
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: ['stores'] })
      onChange([id])
    },
    onError: ({ message }) => notifications.show({ color: 'red', title: 'The upload failed', message }),
  })
  const [chosen = null] = value
  return (
    <Group align="flex-end" gap="sm" wrap="nowrap">
      <Select
        flex={1}
        label="Vector store to search"
        placeholder="None: only files of the thread"
        data={[
          ...stores.map(({ id, name, file_counts }) => ({
            value: id,
            label: `${visible(name) ?? id} · ${file_counts.total} ${file_counts.total === 1 ? 'file' : 'files'}`,
          })),
          ...(chosen !== null && !stores.some(({ id }) => id === chosen)
            ? [{ value: chosen, label: chosen }]
            : []),
        ]}
        value={chosen}
        onChange={(id) => onChange(id === null ? [] : [id])}
        searchable
        clearable
      />
      <FileButton multiple onChange={(files) => files.length > 0 && make.mutate(files)}>
        {(props) => (
          <Button {...props} loading={make.isPending}>
            Upload
          </Button>
        )}
      </FileButton>
    </Group>
  )
}
