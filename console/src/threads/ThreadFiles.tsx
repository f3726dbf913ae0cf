import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import type { Message, Thread } from '../api/thread.ts'
import { FileBadge } from '../parts/FileBadge.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { count } from '../parts/quantities.ts'
import { filesOfThread, type FileOfThread } from './files-of-thread.ts'

/** What the thread has given to its tools, and what its messages carry, cite and show. */
export function ThreadFiles({ thread }: { thread: Thread }) {
  const list = useInfiniteQuery(
    pagesQuery<Message>(useClient(), `/threads/${thread.id}/messages`, { order: 'desc' }),
  )
  const messages = rowsOf(list.data)
  const files = useMemo(() => filesOfThread(thread, messages ?? []), [thread, messages])
  const stores = thread.tool_resources.file_search?.vector_store_ids ?? []
  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />
  return (
    <Stack gap="md">
      {stores.map((id) => (
        <Group key={id} gap="sm">
          <Anchor component={Link} to={`~/stores/${id}`} fz="sm">
            Vector store of the thread
          </Anchor>
          <Identifier id={id} />
        </Group>
      ))}
      {files.map((file) => (
        <FileLine key={file.id} file={file} />
      ))}
      {messages && files.length + stores.length === 0 && !list.hasNextPage && (
        <EmptyState title="No files">
          Files that are attached to a message, given to a tool of the thread, or made by Python are listed
          here.
        </EmptyState>
      )}
      {list.hasNextPage && (
        <Group gap="sm">
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Look through earlier messages
          </Button>
          <Text fz="xs" c="dimmed">
            The newest {count(messages?.length ?? 0)} messages were looked through.
          </Text>
        </Group>
      )}
    </Stack>
  )
}

const FileLine = ({ file: { id, uses } }: { file: FileOfThread }) => (
  <Group gap="sm">
    <FileBadge id={id} />
    <Text fz="sm" c="dimmed">
      {uses.join(', ')}
    </Text>
    <Identifier id={id} />
  </Group>
)
