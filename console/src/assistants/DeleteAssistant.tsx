import { Button, Group, Modal, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { Assistant } from '../../../src/contract/assistants.ts'
import { nameOf } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import { Failure } from '../parts/Failure.tsx'
import { forgetUnsavedChanges } from '../parts/unsaved-changes.ts'

interface Props {
  assistant: Assistant
  opened: boolean
  onClose: () => void
}

/** Asks before an assistant is deleted, and says what that does. */
export function DeleteAssistant({ assistant, opened, onClose }: Props) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => client.beta.assistants.delete(assistant.id),
    async onSuccess() {
      onClose()
      forgetUnsavedChanges()
      navigate('/')
      queries.removeQueries({ queryKey: ['assistants', assistant.id] })
      await queries.invalidateQueries({ queryKey: ['assistants', 'list'] })
    },
  })
  return (
    <Modal opened={opened} onClose={onClose} title={`Delete ${nameOf(assistant)}?`}>
      <Text fz="sm">
        This deletes one assistant, <b>{nameOf(assistant)}</b>, for good: its instructions and its functions.
        Programs that name it cannot start runs any more. Its threads, files and vector stores stay.
      </Text>
      {error && <Failure error={error} />}
      <Group justify="flex-end" mt="lg" gap="sm">
        <Button onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red" variant="filled" loading={isPending} onClick={() => mutate()}>
          Delete the assistant
        </Button>
      </Group>
    </Modal>
  )
}
