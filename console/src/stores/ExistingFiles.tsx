import { Button, Group, MultiSelect, Stack } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { List } from '../../../src/contract/list.ts'
import { useClient } from '../api/client.ts'
import type { FileObject } from '../api/uploads.ts'
import { Failure } from '../parts/Failure.tsx'
import { count } from '../parts/quantities.ts'

/** Files that the server has already, found by name. */
export function ExistingFiles({ attach }: { attach: (file: Pick<FileObject, 'id'>) => Promise<void> }) {
  const client = useClient()
  const [chosen, setChosen] = useState<string[]>([])
  const [known, setKnown] = useState<Record<string, string>>({})
  const [typed, setTyped] = useState('')
  const [query] = useDebouncedValue(typed, 200)
  const { data } = useQuery({
    queryKey: ['/files', 'found', query],
    queryFn: ({ signal }) =>
      client.get<List<FileObject>>('/files', {
        query: { limit: 50, ...(query !== '' && { query }) },
        signal,
      }),
    placeholderData: (former) => former,
  })
  const { mutate, isPending, error } = useMutation({
    async mutationFn() {
      for (const id of chosen) {
        await attach({ id })
        setChosen((now) => now.filter((other) => other !== id))
      }
    },
  })
  const found = data?.data.map(({ id, filename }) => ({ value: id, label: filename })) ?? []
  const kept = chosen
    .filter((id) => !found.some(({ value }) => value === id))
    .map((id) => ({ value: id, label: known[id] ?? id }))
  return (
    <Stack gap="sm">
      <MultiSelect
        label="Files that are here already"
        placeholder="Name or id"
        data={[...found, ...kept]}
        value={chosen}
        onChange={(ids) => {
          setChosen(ids)
          setKnown((now) => ({
            ...now,
            ...Object.fromEntries(found.map(({ value, label }) => [value, label])),
          }))
        }}
        searchable
        searchValue={typed}
        onSearchChange={setTyped}
        filter={({ options }) => options}
        nothingFoundMessage="No file has this name"
        maxDropdownHeight={260}
      />
      {error && <Failure error={error} />}
      <Group>
        <Button disabled={chosen.length === 0} loading={isPending} onClick={() => mutate()}>
          {chosen.length > 1 ? `Add ${count(chosen.length)} files` : 'Add the file'}
        </Button>
      </Group>
    </Stack>
  )
}
