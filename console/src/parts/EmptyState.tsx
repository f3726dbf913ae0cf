import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'

/** In the place of a list without entries: what will be here, and how it gets there. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: string
  children: ReactNode
  action?: ReactNode
}) {
  return (
    <Stack align="center" gap="sm" py={64} px="lg" ta="center">
      <Title order={2}>{title}</Title>
      <Text fz="sm" c="dimmed" maw={440}>
        {children}
      </Text>
      {action}
    </Stack>
  )
}
