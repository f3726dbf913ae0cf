import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { MagnifyingGlassIcon, PlusIcon } from '@radix-ui/react-icons'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Assistant } from '../../../src/contract/assistants.ts'
import { assistantsQuery, nameOf } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { Time } from '../parts/Time.tsx'
import { useFilter, useFilters } from '../parts/use-filter.ts'
import { AssistantMenu } from './AssistantMenu.tsx'
import { toolsInWords } from './tools-in-words.ts'
import { TitleLink } from '../parts/TitleLink.tsx'

/** Every assistant of the server, found by words. */
export function AssistantList() {
  const [words, setWords] = useFilter('query')
  const { query: order } = useFilters({})
  const [asked] = useDebouncedValue(words?.trim() ?? '', 200)
  const list = useInfiniteQuery({
    ...assistantsQuery(useClient(), asked, order),
    placeholderData: keepPreviousData,
  })
  return (
    <Page
      title="Assistants"
      actions={
        <>
          <TextInput
            aria-label="Find assistants"
            placeholder="Find by name, description or id"
            leftSection={<MagnifyingGlassIcon />}
            value={words ?? ''}
            onChange={({ currentTarget: { value } }) => setWords(value)}
            w={240}
          />
          <Button component={Link} to="/new" variant="filled" leftSection={<PlusIcon />}>
            New assistant
          </Button>
        </>
      }
    >
      <PagedTable name="Assistants" list={list} columns={columns} empty={<NoAssistants words={asked} />} />
    </Page>
  )
}

const columns: Column<Assistant>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 240,
    grows: true,
    cell: (assistant) => <TitleLink to={`/${assistant.id}`} title={nameOf(assistant)} />,
  },
  { id: 'model', title: 'Model', width: 200, from: 'sm', cell: ({ model }) => model },
  { id: 'tools', title: 'Tools', width: 260, from: 'md', cell: ({ tools }) => toolsInWords(tools) },
  { id: 'id', title: 'Id', width: 150, from: 'lg', cell: ({ id }) => <Identifier id={id} /> },
  {
    id: 'created',
    title: 'Created',
    isOrder: true,
    width: 120,
    from: 'sm',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  {
    id: 'menu',
    title: 'More',
    width: 64,
    align: 'right',
    cell: (assistant) => <AssistantMenu assistant={assistant} />,
  },
]

function NoAssistants({ words }: { words: string }) {
  if (words !== '')
    return (
      <EmptyState title="No assistant has these words">
        Its name, its description and its id are searched.
      </EmptyState>
    )
  return (
    <EmptyState
      title="No assistants yet"
      action={
        <Button component={Link} to="~/playground">
          Begin with an example
        </Button>
      }
    >
      An assistant is a model with instructions, tools and files. Programs use it by its id.
    </EmptyState>
  )
}
