import { ActionIcon, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { CopyIcon, DotsHorizontalIcon, TrashIcon } from '@radix-ui/react-icons'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import type { Assistant } from '../../../src/contract/assistants.ts'
import { nameOf } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import { DeleteAssistant } from './DeleteAssistant.tsx'
import { draftOf, requestOf } from './draft.ts'

/** What one can do with an assistant besides changing it. */
export function AssistantMenu({ assistant }: { assistant: Assistant }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const [deleting, { open, close }] = useDisclosure()
  const duplicate = useMutation({
    mutationFn: () =>
      client.beta.assistants.create({
        ...requestOf(draftOf(assistant)),
        name: `${nameOf(assistant).slice(0, 240)} (copy)`,
      }),
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: ['assistants', 'list'] })
      navigate(`/${id}`)
    },
    onError: ({ message }) => notifications.show({ color: 'red', title: 'It was not duplicated', message }),
  })
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={`More for ${nameOf(assistant)}`} loading={duplicate.isPending}>
            <DotsHorizontalIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<CopyIcon />} onClick={() => duplicate.mutate()}>
            Duplicate
          </Menu.Item>
          <Menu.Item leftSection={<TrashIcon />} color="red" onClick={open}>
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <DeleteAssistant assistant={assistant} opened={deleting} onClose={close} />
    </>
  )
}
