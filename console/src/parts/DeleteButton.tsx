import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { TrashIcon } from '@radix-ui/react-icons'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure } from './Failure.tsx'

interface Props {
  /** What the button says, and the button that means it: `Delete 3 files`. */
  says: string
  /** What is lost. */
  children: ReactNode
  onDelete: () => Promise<unknown>
}

/** A destructive act: says what it destroys before it does. */
export function DeleteButton({ says, children, onDelete }: Props) {
  const [opened, { open, close }] = useDisclosure()
  const { mutate, isPending, error, reset } = useMutation({ mutationFn: onDelete, onSuccess: close })
  return (
    <>
      <Button
        leftSection={<TrashIcon />}
        onClick={() => {
          reset()
          open()
        }}
      >
        {says}
      </Button>
      <Modal opened={opened} onClose={close} title={`${says}?`}>
        <Stack gap="lg">
          <Text component="div" fz="sm">
            {children}
          </Text>
          {error && <Failure error={error} />}
          <Group justify="flex-end" gap="sm">
            <Button onClick={close} data-autofocus>
              Keep
            </Button>
            <Button color="red" variant="filled" loading={isPending} onClick={() => mutate()}>
              {says}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
