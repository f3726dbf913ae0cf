import { Button, Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { ChevronDownIcon } from '@radix-ui/react-icons'
import { useState } from 'react'

interface Props {
  /** By the name of their language. */
  programs: Record<string, () => string>
  /** A clipboard may be written only in answer to a click: what programs are made of is read before. */
  isReady: boolean
  /** Called when it opens, which is when to read that. */
  onOpen: () => void
}

/** What somebody has done here as a program, in a language to choose. */
export function CodeMenu({ programs, isReady, onOpen }: Props) {
  const [opened, setOpened] = useState(false)
  const { copy } = useClipboard()
  return (
    <Menu position="bottom-end" opened={opened} onChange={setOpened} onOpen={onOpen}>
      <Menu.Target>
        <Button rightSection={<ChevronDownIcon />}>Copy as code</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(programs).map(([name, write]) => (
          <Menu.Item
            key={name}
            disabled={!isReady}
            onClick={() => {
              copy(write())
              notifications.show({ message: `Copied as ${name}` })
            }}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
