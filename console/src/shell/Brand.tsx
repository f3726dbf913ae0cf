import { Group, Text } from '@mantine/core'
import mark from './threadmill.svg'

export function Brand() {
  return (
    <Group gap="sm" wrap="nowrap">
      <img src={mark} width={20} height={20} alt="" />
      <Text fw={600} fz="md">
        Threadmill
      </Text>
    </Group>
  )
}
