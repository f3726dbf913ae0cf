import { Anchor, Button, Skeleton } from '@mantine/core'
import { StackIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { List } from '../../../src/contract/list.ts'
import type { Conversation } from '../../../src/contract/responses/conversations.ts'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { includePictures, isOver, responseQuery, type Item, type Response } from '../api/responses.ts'
import { threadQuery } from '../api/thread.ts'
import { threadOf } from '../parts/conversation-ids.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Facts, pairsInWords } from '../parts/Facts.tsx'
import { Failure, hasNothing } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { ItemView } from '../parts/items/ItemView.tsx'
import { lazily } from '../parts/lazily.tsx'
import { Page } from '../parts/Page.tsx'
import { nextPageOf, PagesRead } from '../parts/PagesRead.tsx'
import { Time } from '../parts/Time.tsx'
import { VirtualList } from '../parts/VirtualList.tsx'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'
import { isCallOutput, withLive } from '../responses/go-on.ts'
import { useLiveResponse } from '../responses/use-live-response.ts'

const GoOn = lazily(async () => (await import('../responses/GoOn.tsx')).GoOn)

const trail = (
  <Anchor component={Link} to="~/conversations" inherit>
    Conversations
  </Anchor>
)

const pathOf = (id: string) => `/conversations/${encodeURIComponent(id)}`

/** A conversation with its items, the field to go on with it, and the way to the thread that it is. */
export function ConversationPage({ id }: { id: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const one = useQuery({
    queryKey: ['/conversations', 'one', id],
    queryFn: ({ signal }) => client.get<Conversation>(pathOf(id), { signal }),
  })
  const { data, error, refetch } = one
  const { data: thread } = useQuery(threadQuery(client, threadOf(id)))
  if (hasNothing(one))
    return (
      <Page title="Conversation" trail={trail} about={<Identifier id={id} />}>
        <Failure error={error} onRetry={() => void refetch()} />
      </Page>
    )
  return (
    <Page
      title={withoutMarks(visible(thread?.summary?.title) ?? 'Conversation')}
      trail={trail}
      about={<Identifier id={id} />}
      actions={
        data && (
          <>
            <Button component={Link} to={`~/threads/${threadOf(id)}`} leftSection={<StackIcon />}>
              Open as a thread
            </Button>
            <DeleteButton
              says="Delete conversation"
              onDelete={async () => {
                await client.delete(pathOf(id))
                await queries.invalidateQueries({ queryKey: ['/threads', 'pages'] })
                navigate('~/conversations')
              }}
            >
              Its items go with it, and it is gone as a thread too, with its runs. Responses that were made in
              it stay. This cannot be undone.
            </DeleteButton>
          </>
        )
      }
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      <Facts
        facts={{
          Created: data ? <Time at={data.created_at} /> : <Skeleton height={8} width={80} my={6} />,
          Responses: (
            <Anchor component={Link} to={`~/responses?conversation=${id}`} inherit>
              Find its responses
            </Anchor>
          ),
          Metadata: pairsInWords(data?.metadata),
        }}
      />
      {data && <Items id={id} />}
    </Page>
  )
}

function Items({ id }: { id: string }) {
  const client = useClient()
  const list = useInfiniteQuery(
    pagesQuery<Item>(client, `${pathOf(id)}/items`, { order: 'asc', include: includePictures }),
  )
  const latest = useLatest(id)
  const { output: live, isLost } = useLiveResponse(latest)
  const known = rowsOf(list.data)
  if (!known && !list.error) return <Skeleton height={12} width="60%" my={8} />
  const items = list.hasNextPage ? (known ?? []) : withLive(known ?? [], live)
  return (
    <PagesRead list={list}>
      {items.length === 0 ? (
        <EmptyState title="No items yet">
          A conversation may be empty until something is said in it.
        </EmptyState>
      ) : (
        <VirtualList
          name="Items"
          items={items}
          itemId={(item) => item.id}
          estimate={(item) => (item.type === 'message' ? 80 : 32)}
          width={860}
          {...nextPageOf(list)}
        >
          {(item) => <ItemView item={item} among={items} />}
        </VirtualList>
      )}
      <GoOn
        latest={latest && withoutAnswered(latest, known ?? [])}
        isLost={isLost}
        origin={{ conversation: id }}
        onStarted={() => void list.refetch()}
      />
    </PagesRead>
  )
}

/** The newest response of a conversation, asked for anew while it is made. */
function useLatest(conversation: string): Response | undefined {
  const client = useClient()
  const { data: newest } = useQuery({
    queryKey: ['/responses', 'newest', conversation],
    queryFn: async ({ signal }) =>
      (await client.get<List<Response>>('/responses', { query: { conversation, limit: 1 }, signal }))
        .data[0] ?? null,
    refetchInterval: ({ state: { data } }) => (data && !isOver(data) ? 1_000 : false),
  })
  const { data } = useQuery({ ...responseQuery(client, newest?.id ?? ''), enabled: newest?.id !== undefined })
  return data
}

/** Calls whose outputs have come to the conversation since are not asked for again. */
function withoutAnswered(response: Response, items: readonly Item[]): Response {
  const answered = new Set(
    items.map((item) =>
      isCallOutput(item)
        ? item.call_id
        : item.type === 'mcp_approval_response'
          ? item.approval_request_id
          : undefined,
    ),
  )
  const output = response.output.filter((item) => !answered.has('call_id' in item ? item.call_id : item.id))
  return { ...response, output }
}
