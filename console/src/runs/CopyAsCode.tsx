import { Button, Menu } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { ChevronDownIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import type { Run } from '../api/runs.ts'
import { askedMessageQuery } from '../api/thread.ts'
import { callOfRun } from './call-of-run.ts'
import { curlProgram } from './curl-program.ts'
import { nodeProgram } from './node-program.ts'
import { pythonProgram } from './python-program.ts'

const programs = { Python: pythonProgram, Node: nodeProgram, curl: curlProgram }

/** The run as a program that asks the same again, in a thread of its own. */
export function CopyAsCode({ run }: { run: Run }) {
  const [opened, setOpened] = useState(false)
  // A clipboard may be written only in answer to a click: what is written is read before.
  const { data: asked, isFetched } = useQuery({ ...askedMessageQuery(useClient(), run), enabled: opened })
  const { copy } = useClipboard()
  return (
    <Menu position="bottom-end" opened={opened} onChange={setOpened}>
      <Menu.Target>
        <Button rightSection={<ChevronDownIcon />}>Copy as code</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(programs).map(([name, write]) => (
          <Menu.Item
            key={name}
            disabled={!isFetched}
            onClick={() => {
              copy(write(callOfRun(run, asked ?? undefined)))
              notifications.show({ message: `Copied as ${name}`, autoClose: 2_000 })
            }}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
