import { Text } from '@mantine/core'

/** In the place of what a prompt refers to and that is no more. */
export const Gone = ({ what }: { what: string }) => (
  <Text fz="sm" c="dimmed">
    The {what} was deleted since.
  </Text>
)
