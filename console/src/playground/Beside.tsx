import { CloseButton, Drawer, Group, SegmentedControl } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './Playground.module.css'

interface Props {
  pane: 'assistant' | 'run'
  onPane: (pane: string) => void
  /** On a narrow screen it lies over the chat, and is opened and closed. */
  drawer: { opened: boolean; onClose: () => void } | undefined
  children: ReactNode
}

/** What is beside the chat: the assistant, or what its run does. */
export function Beside({ pane, onPane, drawer, children }: Props) {
  const content = (
    <>
      <SegmentedControl
        size="xs"
        fullWidth
        mb="md"
        data={panes}
        value={pane}
        onChange={onPane}
        aria-label="Beside the chat"
      />
      {children}
    </>
  )
  return drawer ? (
    <Drawer
      {...drawer}
      position="right"
      withCloseButton={false}
      attributes={{ content: { 'aria-label': 'Assistant and run' } }}
    >
      <Group justify="flex-end">
        <CloseButton aria-label="Close" onClick={drawer.onClose} />
      </Group>
      {content}
    </Drawer>
  ) : (
    <aside className={classes.beside} aria-label="Assistant and run">
      {content}
    </aside>
  )
}

const panes = [
  { value: 'assistant', label: 'Assistant' },
  { value: 'run', label: 'Run' },
]
