import { Select } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { assistantsQuery, nameOf, useAssistant } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'

interface Props {
  value: string | undefined
  onChange: (id: string) => void
}

/** Chooses the assistant that answers, or begins a new one. */
export function AssistantSelect({ value, onChange }: Props) {
  const { data } = useInfiniteQuery(assistantsQuery(useClient()))
  const listed = data?.pages.flatMap((page) => page.data) ?? []
  const chosen = useAssistant(value === 'new' ? undefined : value)
  const all = chosen && !listed.some(({ id }) => id === chosen.id) ? [chosen, ...listed] : listed
  return (
    <Select
      aria-label="Assistant"
      placeholder="Choose an assistant"
      data={[
        { value: 'new', label: '+ New assistant' },
        ...all.map((assistant) => ({
          value: assistant.id,
          label: `${nameOf(assistant)} · ${assistant.model}`,
        })),
      ]}
      value={value ?? null}
      onChange={(id) => id !== null && onChange(id)}
      searchable
      allowDeselect={false}
      limit={100}
      nothingFoundMessage="No assistant has this name"
      w={{ base: 200, md: 280 }}
      comboboxProps={{ width: 320, position: 'bottom-start' }}
    />
  )
}
