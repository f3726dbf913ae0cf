import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useClient } from '../api/client.ts'
import { noLimit, type ProjectRateLimit } from '../api/limits.ts'
import { pagesQuery } from '../api/pages.ts'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { count } from '../parts/quantities.ts'
import { AmountInput } from './AmountInput.tsx'
import { DialogForm } from './DialogForm.tsx'

interface Props {
  /** Of the project. */
  path: string
  mayChange: boolean
}

/** How much of each model a project may ask for in a minute. Names that lead to one model share its limit. */
export function RateLimits({ path, mayChange }: Props) {
  const list = useInfiniteQuery(pagesQuery<ProjectRateLimit>(useClient(), `${path}/rate_limits`))
  const columns = useMemo(() => columnsOf(path, mayChange), [path, mayChange])
  return (
    <PagedTable
      name="Limits of models"
      list={list}
      columns={columns}
      empty={<EmptyState title="No model answers">Each that is connected can be limited here.</EmptyState>}
    />
  )
}

const inWords = (limit: number) => (limit === noLimit ? 'no limit' : count(limit))

const columnsOf = (path: string, mayChange: boolean): Column<ProjectRateLimit>[] => [
  {
    id: 'model',
    title: 'Model',
    width: 200,
    grows: true,
    cell: ({ model }) => <bdi title={model}>{model}</bdi>,
  },
  {
    id: 'requests',
    title: 'Requests',
    width: 100,
    align: 'right',
    from: 'sm',
    cell: ({ max_requests_per_1_minute }) => inWords(max_requests_per_1_minute),
  },
  {
    id: 'tokens',
    title: 'Tokens',
    width: 120,
    align: 'right',
    cell: ({ max_tokens_per_1_minute }) => inWords(max_tokens_per_1_minute),
  },
  {
    id: 'change',
    title: 'Change',
    width: 100,
    align: 'right',
    cell: (limit) => mayChange && <Change path={path} limit={limit} />,
  },
]

function Change({ path, limit }: { path: string; limit: ProjectRateLimit }) {
  const [opened, { open, close }] = useDisclosure()
  return (
    <>
      <Button onClick={open} aria-label={`Change the limits of ${limit.model}`}>
        Change
      </Button>
      <Modal opened={opened} onClose={close} title={`In a minute, of ${limit.model}`}>
        <Fields path={path} limit={limit} onClose={close} />
      </Modal>
    </>
  )
}

const orNone = (limit: number) => (limit === noLimit ? null : limit)
const aMinute = { placeholder: 'No limit', max: noLimit - 1 }

function Fields({ path, limit, onClose }: { path: string; limit: ProjectRateLimit; onClose: () => void }) {
  const client = useClient()
  const [requests, setRequests] = useState(orNone(limit.max_requests_per_1_minute))
  const [tokens, setTokens] = useState(orNone(limit.max_tokens_per_1_minute))
  return (
    <DialogForm
      submit="Set the limits"
      isValid
      onClose={onClose}
      onSubmit={() =>
        client.post(`${path}/rate_limits/${encodeURIComponent(limit.id)}`, {
          body: {
            max_requests_per_1_minute: requests ?? noLimit,
            max_tokens_per_1_minute: tokens ?? noLimit,
          },
        })
      }
    >
      <AmountInput {...aMinute} label="Requests" value={requests} onChange={setRequests} data-autofocus />
      <AmountInput {...aMinute} label="Tokens" value={tokens} onChange={setTokens} />
    </DialogForm>
  )
}
