import { Anchor, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import OpenAI from 'openai'
import { Link, useLocation, useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import { fileQuery } from '../api/files.ts'
import { storeFileQuery, storeQuery } from '../api/stores.ts'
import { Facts, pairsInWords } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { NotFound } from '../parts/NotFound.tsx'
import { Notice } from '../parts/Notice.tsx'
import { Page } from '../parts/Page.tsx'
import { bytes } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { Chunks } from './Chunks.tsx'
import { FileState } from './FileState.tsx'
import { Passage } from './Passage.tsx'
import { RemoveFromStore } from './RemoveFromStore.tsx'

/** A file as search sees it: its pages or its text with a passage marked, and the passages it was cut into. */
export function StoreFilePage({ storeId, fileId }: { storeId: string; fileId: string }) {
  const client = useClient()
  const [, navigate] = useLocation()
  const [address, setAddress] = useSearchParams()
  const { data: store } = useQuery(storeQuery(client, storeId))
  const { data: file } = useQuery(fileQuery(client, fileId))
  const { data: entry, error, refetch } = useQuery(storeFileQuery(client, storeId, fileId))
  if (error instanceof OpenAI.NotFoundError) return <NotFound what="file in this vector store" />

  const hasPages = file?.filename.toLowerCase().endsWith('.pdf') ?? false
  const views = [
    ...(hasPages ? [{ value: 'pages', label: 'Pages' }] : []),
    { value: 'text', label: 'Text' },
    { value: 'chunks', label: 'Passages' },
  ]
  const view = address.get('view') ?? views[0]!.value
  return (
    <Page
      title={file?.filename ?? fileId}
      trail={
        <>
          <Anchor component={Link} to="/" inherit>
            Vector stores
          </Anchor>
          {' / '}
          <Anchor component={Link} to={`/${storeId}`} inherit>
            {store?.name ?? storeId}
          </Anchor>
        </>
      }
      about={
        <>
          <Identifier id={fileId} />
          {entry && entry.status !== 'failed' && <FileState file={entry} />}
          {entry?.status === 'failed' && <StateLabel status="failed" />}
        </>
      }
      actions={
        <>
          <Anchor component={Link} to={`~/files/${fileId}`}>
            The file itself
          </Anchor>
          {entry && (
            <RemoveFromStore storeId={storeId} file={entry} onRemoved={() => navigate(`/${storeId}`)} />
          )}
        </>
      }
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {entry && (
        <Facts
          facts={{
            Usage: bytes(entry.usage_bytes),
            Added: <Time at={entry.created_at} />,
            Attributes: pairsInWords(entry.attributes),
          }}
        />
      )}
      {entry?.last_error && (
        <Notice tone="failed" title="It could not be read">
          {entry.last_error.message}
        </Notice>
      )}
      {entry?.status === 'completed' && file && (
        <>
          <SegmentedControl
            size="xs"
            mb="md"
            aria-label="View"
            data={views}
            value={view}
            onChange={(value) =>
              setAddress(
                (now) => {
                  now.set('view', value)
                  return now
                },
                { replace: true },
              )
            }
          />
          {view === 'chunks' ? (
            <Chunks storeId={storeId} fileId={fileId} />
          ) : (
            <Passage storeId={storeId} file={file} drawn={view === 'pages'} marked={markedIn(address)} />
          )}
        </>
      )}
    </Page>
  )
}

/** The passage that the address names, in UTF-16 units of the file's text. */
function markedIn(address: URLSearchParams): { start: number; end: number } | undefined {
  const [start, end] = [Number(address.get('start') ?? NaN), Number(address.get('end') ?? NaN)]
  return Number.isInteger(start) && Number.isInteger(end) && start < end ? { start, end } : undefined
}
