import { Anchor, Button, Tabs } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Pencil1Icon } from '@radix-ui/react-icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import OpenAI from 'openai'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { storeQuery, type VectorStore } from '../api/stores.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { Facts, pairsInWords } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { NotFound } from '../parts/NotFound.tsx'
import { Page } from '../parts/Page.tsx'
import { bytes, count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { SearchBench } from './SearchBench.tsx'
import { StoreFiles } from './StoreFiles.tsx'
import { StoreForm } from './StoreForm.tsx'
import { visible } from '../parts/visible.ts'

const trail = (
  <Anchor component={Link} to="/" inherit>
    Vector stores
  </Anchor>
)

/** One vector store: its files and how far each is, and a bench to search in it. */
export function StorePage({ id, tab }: { id: string; tab: 'files' | 'search' }) {
  const [, navigate] = useLocation()
  const { data: store, error, refetch } = useQuery(storeQuery(useClient(), id))
  if (error instanceof OpenAI.NotFoundError) return <NotFound what="vector store" />
  return (
    <Page
      title={store ? (visible(store.name) ?? 'Vector store without a name') : ' '}
      trail={trail}
      about={
        <>
          <Identifier id={id} />
          {store && <StateLabel status={store.status} />}
        </>
      }
      actions={store && <StoreActions store={store} />}
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {store && (
        <>
          {store.description && <p>{store.description}</p>}
          <Facts facts={factsOf(store)} />
        </>
      )}
      <Tabs value={tab} onChange={(value) => navigate(value === 'search' ? `/${id}/search` : `/${id}`)}>
        <Tabs.List mb="md">
          <Tabs.Tab value="files">Files</Tabs.Tab>
          <Tabs.Tab value="search">Search</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="files">
          <StoreFiles storeId={id} isWorking={store?.status === 'in_progress'} />
        </Tabs.Panel>
        <Tabs.Panel value="search">
          <SearchBench storeId={id} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}

function factsOf(store: VectorStore) {
  const { total, completed, in_progress, failed, cancelled } = store.file_counts
  const parts = [
    in_progress > 0 && `${count(in_progress)} being read`,
    failed > 0 && `${count(failed)} failed`,
    cancelled > 0 && `${count(cancelled)} cancelled`,
  ].filter((part) => part !== false)
  const done = `${count(completed)} of ${count(total)} done`
  return {
    Files: parts.length === 0 ? count(total) : [done, ...parts].join(' · '),
    Usage: bytes(store.usage_bytes),
    Created: <Time at={store.created_at} />,
    'Last used': <Time at={store.last_active_at} />,
    Expires: store.expires_after ? `after ${store.expires_after.days} days without use` : 'never',
    Metadata: pairsInWords(store.metadata),
  }
}

function StoreActions({ store }: { store: VectorStore }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const [isEditing, { open, close }] = useDisclosure()
  return (
    <>
      <Button leftSection={<Pencil1Icon />} onClick={open}>
        Edit
      </Button>
      <StoreForm opened={isEditing} onClose={close} onSaved={() => undefined} store={store} />
      <DeleteButton
        says="Delete the vector store"
        onDelete={async () => {
          await client.vectorStores.delete(store.id)
          navigate('/')
          void queries.invalidateQueries({ queryKey: ['/vector_stores'] })
        }}
      >
        The index of {count(store.file_counts.total)} {store.file_counts.total === 1 ? 'file' : 'files'} is
        destroyed. The files themselves stay. Assistants and threads that have this store find nothing in it
        any more.
      </DeleteButton>
    </>
  )
}
