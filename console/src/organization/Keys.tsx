import { Button, Code, CopyButton, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PlusIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useClient } from '../api/client.ts'
import { pagesQuery } from '../api/pages.ts'
import type { Column } from '../parts/DataTable.tsx'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Notice } from '../parts/Notice.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { Time } from '../parts/Time.tsx'
import { ChangeKey } from './ChangeKey.tsx'
import { NameForm } from './NameForm.tsx'

/** What keys of a project and admin keys have both. */
interface Key {
  id: string
  name: string
  redacted_value: string
  created_at: number
  last_used_at: number | null
  expires_at: number | null
}

interface Props {
  /** Of the list of the API. */
  path: string
  /** What a new key opens. */
  about: string
  /** Keys of a project have limits, and an end that can be moved. Admin keys stay as they were made. */
  mayChange?: boolean
  /** Answers with the key itself, which is shown once. */
  onCreate?: (given: { name: string; expires_in_seconds?: number }) => Promise<string>
}

/** Keys as far as the server knows them, which is their beginning and their end. A new one is shown this once. */
export function Keys({ path, about, mayChange = false, onCreate }: Props) {
  const list = useInfiniteQuery(pagesQuery<Key>(useClient(), path))
  const [isMaking, { open, close }] = useDisclosure()
  const [made, setMade] = useState<string>()
  const columns = useMemo(() => columnsOf(path, mayChange), [path, mayChange])
  return (
    <>
      {onCreate && (
        <Group justify="flex-end" mb="md">
          <Button leftSection={<PlusIcon />} onClick={open}>
            New key
          </Button>
          <NameForm
            opened={isMaking}
            onClose={close}
            title="New key"
            about={about}
            submit="Make the key"
            mayExpire
            onSubmit={async (given) => setMade(await onCreate(given))}
          />
        </Group>
      )}
      {made !== undefined && <NewKey value={made} />}
      <PagedTable
        name="Keys"
        list={list}
        columns={columns}
        empty={<EmptyState title="No keys yet">{about}</EmptyState>}
      />
    </>
  )
}

const NewKey = ({ value }: { value: string }) => (
  <Notice tone="asking" title="Copy the key now: it is not shown again">
    <Group gap="sm">
      <Code style={{ overflowWrap: 'anywhere' }}>{value}</Code>
      <CopyButton value={value}>
        {({ copied, copy }) => <Button onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
      </CopyButton>
    </Group>
  </Notice>
)

/** Those that the servers are given at their start: they are changed where they are. */
const keysOfSettings = new Set(['key_default', 'key_admin'])

const columnsOf = (path: string, mayChange: boolean): Column<Key>[] => [
  { id: 'name', title: 'Name', width: 200, grows: true, cell: ({ name }) => <bdi title={name}>{name}</bdi> },
  {
    id: 'value',
    title: 'Key',
    width: 190,
    from: 'sm',
    cell: ({ redacted_value }) => (
      <Text component="span" ff="monospace" fz="xs">
        {redacted_value}
      </Text>
    ),
  },
  {
    id: 'used',
    title: 'Last used',
    width: 110,
    align: 'right',
    from: 'sm',
    cell: ({ last_used_at }) => (last_used_at === null ? 'never' : <Time at={last_used_at} />),
  },
  {
    id: 'expires',
    title: 'Expires',
    width: 130,
    align: 'right',
    from: 'md',
    cell: ({ expires_at }) => (expires_at === null ? 'never' : inWords(expires_at)),
  },
  ...(mayChange ? [changeOf(path)] : []),
  {
    id: 'revoke',
    title: 'Revoke',
    width: 110,
    align: 'right',
    cell: (key) => (keysOfSettings.has(key.id) ? 'in the settings' : <Revoke path={path} of={key} />),
  },
]

const changeOf = (path: string): Column<Key> => ({
  id: 'change',
  title: 'Change',
  width: 100,
  align: 'right',
  from: 'sm',
  cell: ({ id, name }) => (
    <ChangeKey path={`${path}/${encodeURIComponent(id)}`} name={name} mayExpire={!keysOfSettings.has(id)} />
  ),
})

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const inWords = (at: number) =>
  at * 1_000 < Date.now() ? `expired ${day.format(at * 1_000)}` : day.format(at * 1_000)

function Revoke({ path, of: { id, name } }: { path: string; of: Key }) {
  const client = useClient()
  const queries = useQueryClient()
  return (
    <DeleteButton
      says="Revoke"
      onDelete={async () => {
        await client.delete(`${path}/${encodeURIComponent(id)}`)
        await queries.invalidateQueries({ queryKey: [path] })
      }}
    >
      The key <b>{name}</b> is refused by every server within a second. Streams that go on with it end. What
      was made with it stays.
    </DeleteButton>
  )
}
