import {
  ActionIcon,
  Alert,
  Button,
  Drawer,
  Group,
  SegmentedControl,
  Tooltip,
  VisuallyHidden,
} from '@mantine/core'
import { useDocumentTitle, useMediaQuery } from '@mantine/hooks'
import { useMutation } from '@tanstack/react-query'
import { MixerHorizontalIcon, PlusIcon } from '@radix-ui/react-icons'
import { lazy, Suspense, type ReactNode } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import type { Run } from '../../../src/contract/runs.ts'
import { nameOf } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import { useDraft } from '../assistants/use-draft.ts'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { AnswerCalls } from './AnswerCalls.tsx'
import { AssistantSelect } from './AssistantSelect.tsx'
import { Composer } from './Composer.tsx'
import classes from './Playground.module.css'
import { RunPanel } from './RunPanel.tsx'
import { useActiveRun } from './use-active-run.ts'
import { useSend, type NewMessage } from './use-send.ts'
import { Welcome } from './Welcome.tsx'

// What the first picture does not need.
const Conversation = lazy(async () => ({
  default: (await import('../parts/conversation/Conversation.tsx')).Conversation,
}))
const AssistantPanel = lazy(async () => ({ default: (await import('./AssistantPanel.tsx')).AssistantPanel }))

const answerForm = (run: Run) => <AnswerCalls key={run.id} run={run} />

export function Playground({ threadId }: { threadId: string | undefined }) {
  const client = useClient()
  const [, navigate] = useLocation()
  const [search, setSearch] = useSearchParams()
  const { active, latest, isLost } = useActiveRun(threadId)
  const chosen = search.get('assistant') ?? latest?.assistant_id
  const editing = useDraft(chosen === 'new' ? undefined : chosen)
  const { assistant } = editing
  useDocumentTitle(`${assistant ? nameOf(assistant) : 'Playground'} · Threadmill`)

  const set = (changes: Record<string, string | null>) =>
    setSearch(
      (before) => {
        for (const [name, value] of Object.entries(changes))
          if (value === null) before.delete(name)
          else before.set(name, value)
        return before
      },
      { replace: true },
    )
  const sent = useSend((run) => {
    if (threadId === undefined) navigate(`/${run.thread_id}?assistant=${run.assistant_id}`)
  })
  const stop = useMutation({
    mutationFn: (run: Run) => client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id }),
  })

  /** What is changed in the form is saved before it is used. */
  const saved = async (): Promise<string> => {
    if (assistant && !editing.isChanged) return assistant.id
    const { id } = await editing.save.mutateAsync()
    set({ assistant: id })
    return id
  }
  const send = async (message: NewMessage): Promise<boolean> => {
    try {
      await sent.mutateAsync({ threadId, assistantId: await saved(), message, overrides: {} })
      return true
    } catch {
      return false
    }
  }
  const pane = search.get('pane') ?? (threadId === undefined ? 'assistant' : 'run')
  const beside = (
    <Pane pane={pane} onPane={(name) => set({ pane: name })}>
      {pane === 'run' ? (
        <RunPanel run={latest} />
      ) : (
        <Suspense>
          <AssistantPanel editing={editing} onSave={() => void saved().catch(() => undefined)} />
        </Suspense>
      )}
    </Pane>
  )
  const isNarrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false })
  const opened = search.get('beside') === 'open'
  return (
    <div className={classes.room}>
      <div className={classes.chat}>
        <Group className={classes.bar} gap="sm" wrap="nowrap">
          <AssistantSelect
            value={chosen}
            onChange={(id) => set({ assistant: id, pane: id === 'new' ? 'assistant' : null })}
          />
          <VisuallyHidden component="h1">Playground</VisuallyHidden>
          {threadId && !isNarrow && <Identifier id={threadId} />}
          <span className={classes.space} />
          <Button
            component={Link}
            to={assistant ? `/?assistant=${assistant.id}` : '/'}
            leftSection={<PlusIcon />}
          >
            New thread
          </Button>
          {isNarrow && chosen !== undefined && (
            <Tooltip label="Assistant and run">
              <ActionIcon aria-label="Assistant and run" onClick={() => set({ beside: 'open' })}>
                <MixerHorizontalIcon />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
        {isLost && (
          <Alert color="red" radius={0} role="alert" py="sm">
            The stream of the answer broke off. It goes on from where it was as soon as the server is back.
          </Alert>
        )}
        <div className={classes.conversation}>
          {threadId ? (
            <Suspense>
              <Conversation threadId={threadId} required={answerForm} />
            </Suspense>
          ) : (
            <Welcome hasAssistant={chosen !== undefined} />
          )}
        </div>
        <div className={classes.foot}>
          {sent.error && <Failure error={sent.error} />}
          {stop.error && <Failure error={stop.error} />}
          <Composer
            tools={assistant?.tools ?? []}
            blocked={blockedBy(chosen, editing.isValid)}
            onStop={active ? () => stop.mutate(active) : undefined}
            isStopping={stop.isPending || active?.status === 'cancelling'}
            onSend={send}
            sendLabel={
              !assistant && chosen === 'new'
                ? 'Create and send'
                : editing.isChanged
                  ? 'Save and send'
                  : 'Send'
            }
          />
        </div>
      </div>
      {chosen === undefined ? undefined : isNarrow ? (
        <Drawer
          opened={opened}
          onClose={() => set({ beside: null })}
          position="right"
          title="Assistant and run"
        >
          {beside}
        </Drawer>
      ) : (
        <aside className={classes.beside} aria-label="Assistant and run">
          {beside}
        </aside>
      )}
    </div>
  )
}

function blockedBy(chosen: string | undefined, isValid: boolean): string | undefined {
  if (chosen === undefined) return 'Choose an assistant, or begin with an example'
  return isValid ? undefined : 'The assistant beside has a fault'
}

interface PaneProps {
  pane: string
  onPane: (pane: string) => void
  children: ReactNode
}

const Pane = ({ pane, onPane, children }: PaneProps) => (
  <>
    <SegmentedControl
      size="xs"
      fullWidth
      mb="md"
      data={[
        { value: 'assistant', label: 'Assistant' },
        { value: 'run', label: 'Run' },
      ]}
      value={pane}
      onChange={onPane}
      aria-label="Beside the chat"
    />
    {children}
  </>
)
