import { Button, Group, Modal, Text, Textarea } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Message } from '../../../src/contract/messages.ts'
import type { Run } from '../../../src/contract/runs.ts'
import { useClient } from '../api/client.ts'
import { copyThread } from '../api/thread.ts'
import { Failure } from '../parts/Failure.tsx'
import { textOf } from '../parts/message-text.ts'
import { startRun, type NewMessage } from './start-run.ts'

interface Props {
  message: Message
  assistantId: string
  onClose: () => void
  onStarted: (run: Run) => void
}

/** Says something else instead of a message, in a copy of the thread up to there. The thread itself stays. */
export function EditMessage({ message, assistantId, onClose, onStarted }: Props) {
  const client = useClient()
  const [text, setText] = useState(textOf(message))
  const { mutate, isPending, error } = useMutation({
    async mutationFn() {
      const { id } = await copyThread(client, message.thread_id, { before: message.id })
      return startRun(client, {
        threadId: id,
        assistantId,
        message: withText(message, text),
        overrides: {},
      })
    },
    onSuccess: (run) => {
      onClose()
      onStarted(run)
    },
  })
  return (
    <Modal opened onClose={onClose} title="Edit, and run again" size="lg">
      <Textarea
        aria-label="Edited message"
        autosize
        minRows={4}
        maxRows={16}
        size="sm"
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        data-autofocus
      />
      <Text fz="xs" c="dimmed" mt="sm">
        It runs in a new thread, with everything before this message. This thread stays as it is.
      </Text>
      {error && <Failure error={error} />}
      <Group justify="flex-end" gap="sm" mt="md">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="filled" onClick={() => mutate()} loading={isPending} disabled={text.trim() === ''}>
          Run in a copy
        </Button>
      </Group>
    </Modal>
  )
}

/** The message with another text. Its pictures and files stay. */
function withText({ content, attachments }: Message, text: string): NewMessage {
  const others = content.filter(({ type }) => type === 'image_file' || type === 'image_url')
  return {
    role: 'user',
    content:
      others.length === 0
        ? text
        : ([{ type: 'text', text }, ...others] as Exclude<NewMessage['content'], string>),
    attachments,
  }
}
