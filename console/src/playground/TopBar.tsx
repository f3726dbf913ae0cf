import { ActionIcon, Button, Group, Tooltip, VisuallyHidden } from '@mantine/core'
import { ColumnsIcon, MixerHorizontalIcon, PlusIcon } from '@radix-ui/react-icons'
import { Link } from 'wouter'
import { Identifier } from '../parts/Identifier.tsx'
import { AssistantSelect } from './AssistantSelect.tsx'
import classes from './Playground.module.css'

interface Props {
  threadId: string | undefined
  assistantId: string | undefined
  onAssistant: (id: string) => void
  /** Undefined while two models are compared already. */
  onCompare: (() => void) | undefined
  /** Undefined where what is beside the chat is in sight. */
  onPane: (() => void) | undefined
  isNarrow: boolean
}

export function TopBar({ threadId, assistantId, onAssistant, onCompare, onPane, isNarrow }: Props) {
  const another = assistantId && assistantId !== 'new' ? `/?assistant=${assistantId}` : '/'
  return (
    <Group className={classes.bar} gap="sm" wrap="nowrap">
      <VisuallyHidden component="h1">Playground</VisuallyHidden>
      <AssistantSelect value={assistantId} onChange={onAssistant} />
      {threadId && !isNarrow && <Identifier id={threadId} />}
      <span className={classes.space} />
      {assistantId && onCompare && (
        <Tooltip label="Ask a second model the same">
          <Button aria-label="Compare two models" leftSection={<ColumnsIcon />} onClick={onCompare}>
            Compare
          </Button>
        </Tooltip>
      )}
      {isNarrow ? (
        <Tooltip label="New thread">
          <ActionIcon component={Link} to={another} aria-label="New thread">
            <PlusIcon />
          </ActionIcon>
        </Tooltip>
      ) : (
        <Button component={Link} to={another} leftSection={<PlusIcon />}>
          New thread
        </Button>
      )}
      {onPane && (
        <Tooltip label="Assistant and run">
          <ActionIcon aria-label="Assistant and run" onClick={onPane}>
            <MixerHorizontalIcon />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  )
}
