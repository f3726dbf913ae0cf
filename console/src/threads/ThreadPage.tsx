import { Anchor, Button, Skeleton, Tabs } from '@mantine/core'
import { DownloadIcon, Pencil1Icon } from '@radix-ui/react-icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { threadQuery } from '../api/thread.ts'
import { conversationOf } from '../parts/conversation-ids.ts'
import { AssistantName } from '../parts/AssistantName.tsx'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Failure, hasNothing } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { JsonView } from '../parts/JsonView.tsx'
import { Page } from '../parts/Page.tsx'
import { count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { useFilter } from '../parts/use-filter.ts'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'
import { exportThread } from './export-thread.ts'
import { Messages } from './Messages.tsx'
import { Notebook } from './Notebook.tsx'
import { ThreadFiles } from './ThreadFiles.tsx'

const trail = (
  <Anchor component={Link} to="~/threads" inherit>
    Threads
  </Anchor>
)

/** One conversation with everything that happened in it. */
export function ThreadPage({ id }: { id: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const [tab, setTab] = useFilter('tab')
  const one = useQuery(threadQuery(client, id))
  const { data: thread, error, refetch } = one
  const exporting = useMutation({ mutationFn: () => exportThread(client, id) })
  if (hasNothing(one))
    return (
      <Page title="Thread" trail={trail} about={<Identifier id={id} />}>
        <Failure error={error} onRetry={() => void refetch()} />
      </Page>
    )
  const { title, messages, last_run } = thread?.summary ?? {}
  const metadata = Object.entries(thread?.metadata ?? {})
  return (
    <Page
      title={thread ? withoutMarks(visible(title) ?? 'Thread without text') : 'Thread'}
      trail={trail}
      about={<Identifier id={id} />}
      actions={
        <>
          <Button component={Link} to={`~/playground/${id}`} leftSection={<Pencil1Icon />}>
            Open in the playground
          </Button>
          <Button
            leftSection={<DownloadIcon />}
            loading={exporting.isPending}
            onClick={() => exporting.mutate()}
          >
            Export as JSON
          </Button>
          <DeleteButton
            says="Delete thread"
            onDelete={async () => {
              await client.beta.threads.delete(id)
              await queries.invalidateQueries({ queryKey: ['/threads', 'pages'] })
              navigate('~/threads')
            }}
          >
            Its {messages === undefined ? 'messages' : `${count(messages)} messages`} and all of its runs with
            their steps go with it. Files stay. This cannot be undone.
          </DeleteButton>
        </>
      }
    >
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {exporting.error && <Failure error={exporting.error} />}
      <Facts
        facts={{
          Messages: thread && count(messages ?? 0),
          'Last run': last_run ? (
            <Anchor component={Link} to={`~/runs/${last_run.id}`} underline="never" inherit>
              <StateLabel status={last_run.status} />
            </Anchor>
          ) : (
            thread && 'None'
          ),
          Assistant: last_run && <AssistantName id={last_run.assistant_id} />,
          Conversation: (
            <Anchor component={Link} to={`~/conversations/${conversationOf(id)}`} inherit>
              Open as a conversation
            </Anchor>
          ),
          Created: thread ? <Time at={thread.created_at} /> : <Skeleton height={8} width={80} my={6} />,
          Metadata:
            metadata.length > 0 ? metadata.map(([key, value]) => `${key}: ${value}`).join(' · ') : undefined,
        }}
      />
      <Tabs value={tab ?? 'messages'} onChange={(next) => setTab(next === 'messages' ? null : next)}>
        <Tabs.List mb="md">
          <Tabs.Tab value="messages">Messages</Tabs.Tab>
          <Tabs.Tab value="files">Files</Tabs.Tab>
          <Tabs.Tab value="python">Python</Tabs.Tab>
          <Tabs.Tab value="raw">Raw</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="messages">
          <Messages threadId={id} live={last_run?.status} />
        </Tabs.Panel>
        <Tabs.Panel value="files">{thread && <ThreadFiles thread={thread} />}</Tabs.Panel>
        <Tabs.Panel value="python">
          <Notebook threadId={id} />
        </Tabs.Panel>
        <Tabs.Panel value="raw">{thread && <JsonView value={thread} />}</Tabs.Panel>
      </Tabs>
    </Page>
  )
}
