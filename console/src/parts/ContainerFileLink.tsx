import { Anchor, type AnchorProps } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useClient } from '../api/client.ts'
import { downloadContainerFile, type FileOfContainer } from '../api/containers.ts'

interface Props extends AnchorProps {
  file: FileOfContainer
  /** Under which it is saved. */
  name: string
  title?: string
  children: ReactNode
}

/** Downloads a file of a container. */
export function ContainerFileLink({ file, name, children, ...props }: Props) {
  const client = useClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => downloadContainerFile(client, file, name),
    onError: ({ message }) =>
      notifications.show({ color: 'red', title: 'The file cannot be downloaded', message }),
  })
  return (
    <Anchor component="button" type="button" inherit {...props} onClick={() => mutate()} disabled={isPending}>
      {children}
    </Anchor>
  )
}
