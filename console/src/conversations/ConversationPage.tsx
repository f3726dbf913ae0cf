import { Anchor, Button, Skeleton } from '@mantine/core'
import { StackIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { Conversation } from '../../../src/contract/responses/conversations.ts'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { include, type Item } from '../api/responses.ts'
import { threadOf } from '../parts/conversation-ids.ts'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Facts, pairsInWords } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { ItemView } from '../parts/items/ItemView.tsx'
import { Page } from '../parts/Page.tsx'
import { Time } from '../parts/Time.tsx'
import { VirtualList } from '../parts/VirtualList.tsx'

const trail = (
  <Anchor component={Link} to="~/conversations" inherit>
    Conversations
  </Anchor>
)

const pathOf = (id: string) => `/conversations/${encodeURIComponent(id)}`

/** A conversation with its items, and the way to the thread that it is. */
export function ConversationPage({ id }: { id: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const { data, error, refetch } = useQuery({
    queryKey: ['/conversations', 'one', id],
    queryFn: ({ signal }) => client.get<Conversation>(pathOf(id), { signal }),
  })
  if (error)
    return (
      <Page title="Conversation" trail={trail} about={<Identifier id={id} />}>
        <Failure error={error} onRetry={() => void refetch()} />
      </Page>
    )
  return (
    <Page
      title="Conversation"
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
      <Facts
        facts={{
          Created: data ? <Time at={data.created_at} /> : <Skeleton height={8} width={80} my={6} />,
          Responses: (
            <Anchor component={Link} to={`~/responses?conversation=${id}`} inherit>
              Those that were made in it
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
  const list = useInfiniteQuery(
    pagesQuery<Item>(useClient(), `${pathOf(id)}/items`, { order: 'asc', include }),
  )
  const items = rowsOf(list.data)
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />
  if (!items) return <Skeleton height={12} width="60%" my={8} />
  if (items.length === 0)
    return (
      <EmptyState title="No items yet">A conversation may be empty until something is said in it.</EmptyState>
    )
  return (
    <VirtualList
      name="Items"
      items={items}
      itemId={(item) => item.id}
      estimate={(item) => (item.type === 'message' ? 80 : 32)}
      width={860}
      hasMore={list.hasNextPage}
      onEnd={() => void (!list.isFetchingNextPage && list.fetchNextPage())}
    >
      {(item) => <ItemView item={item} />}
    </VirtualList>
  )
}
