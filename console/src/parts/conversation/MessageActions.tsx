import { ActionIcon, CopyButton } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { CardStackPlusIcon, CheckIcon, CopyIcon } from '@radix-ui/react-icons'
import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { Message } from '../../../../src/contract/messages.ts'
import { useClient } from '../../api/client.ts'
import { copyThread } from '../../api/thread.ts'
import { textOf } from '../message-text.ts'

/** What can be done with every message. Plain titles, because hundreds of these come into sight while one scrolls. */
export const MessageActions = ({ message }: { message: Message }) => (
  <>
    <CopyButton value={textOf(message)}>
      {({ copied, copy }) => (
        <ActionIcon size={24} aria-label="Copy the text" title="Copy the text" onClick={copy}>
          {copied ? <CheckIcon /> : <CopyIcon />}
        </ActionIcon>
      )}
    </CopyButton>
    <GoOnInCopy message={message} />
  </>
)

function GoOnInCopy({ message }: { message: Message }) {
  const client = useClient()
  const [, navigate] = useLocation()
  const copying = useMutation({
    mutationFn: () => copyThread(client, message.thread_id, { through: message.id }),
    onSuccess: ({ id }) => navigate(`~/playground/${id}`),
    onError: (error) =>
      notifications.show({ color: 'red', title: 'The thread was not copied', message: error.message }),
  })
  return (
    <ActionIcon
      size={24}
      aria-label="Go on from here in a copy of the thread"
      title="Go on from here in a copy of the thread"
      disabled={copying.isPending}
      onClick={() => copying.mutate()}
    >
      <CardStackPlusIcon />
    </ActionIcon>
  )
}
