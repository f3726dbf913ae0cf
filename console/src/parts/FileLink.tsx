import { Anchor } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useClient } from '../api/client.ts'
import { downloadFile } from '../api/files.ts'

/** Downloads a file of the server. */
export function FileLink({ fileId, children }: { fileId: string; children: ReactNode }) {
  const client = useClient()
  const { mutate, isPending } = useMutation({
    mutationFn: () => downloadFile(client, fileId),
    onError: ({ message }) =>
      notifications.show({ color: 'red', title: 'The file cannot be downloaded', message }),
  })
  return (
    <Anchor component="button" type="button" inherit onClick={() => mutate()} disabled={isPending}>
      {children}
    </Anchor>
  )
}
