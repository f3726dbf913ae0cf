import { ActionIcon, Alert } from '@mantine/core'
import { useDocumentTitle, useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Pencil1Icon } from '@radix-ui/react-icons'
import OpenAI from 'openai'
import { useCallback, useState } from 'react'
import type { Message } from '../../../src/contract/messages.ts'
import type { Run } from '../../../src/contract/runs.ts'
import { nameOf } from '../api/assistants.ts'
import { useClient } from '../api/client.ts'
import { modelsQuery } from '../api/models.ts'
import { toolsOf } from '../assistants/draft.ts'
import { Failure } from '../parts/Failure.tsx'
import { lazily } from '../parts/lazily.tsx'
import { Composer } from './Composer.tsx'
import { MissingTools } from './MissingTools.tsx'
import classes from './Playground.module.css'
import { TopBar } from './TopBar.tsx'
import { usePlayground } from './use-playground.ts'
import { Welcome } from './Welcome.tsx'

// What the first picture does not need.
const Conversation = lazily(async () => (await import('../parts/conversation/Conversation.tsx')).Conversation)
const Announcer = lazily(async () => (await import('../parts/conversation/Announcer.tsx')).Announcer)
const AssistantPanel = lazily(async () => (await import('./AssistantPanel.tsx')).AssistantPanel)
const AnswerCalls = lazily(async () => (await import('./AnswerCalls.tsx')).AnswerCalls)
const Beside = lazily(
  async () => (await import('./Beside.tsx')).Beside,
  ({ drawer }) => !drawer && <aside className={classes.beside} aria-label="Assistant and run" />,
)
const EditMessage = lazily(async () => (await import('./EditMessage.tsx')).EditMessage)
const OtherAnswer = lazily(async () => (await import('./OtherAnswer.tsx')).OtherAnswer)
const OverridesOfRun = lazily(async () => (await import('./Overrides.tsx')).OverridesOfRun)
const RunPanel = lazily(async () => (await import('./RunPanel.tsx')).RunPanel)

/** An assistant, a thread with it, and what it does. */
export function Playground({ threadId }: { threadId: string | undefined }) {
  const playground = usePlayground(threadId)
  const { place, run, chosen, editing, saved } = playground
  const { assistant } = editing
  const { data: models } = useQuery(modelsQuery(useClient()))
  const isNarrow = useMediaQuery('(max-width: 62em)', false, { getInitialValueInEffect: false })
  useDocumentTitle(`${assistant ? nameOf(assistant) : 'Playground'} · Threadmill`)

  const isCompared = place.compared !== undefined
  const isOver = isNarrow || isCompared
  const pane =
    place.pane === 'assistant' || (place.pane !== 'run' && threadId === undefined) ? 'assistant' : 'run'
  const firstOther = models?.find(({ id }) => id !== assistant?.model)?.id ?? assistant?.model ?? ''
  return (
    <div className={classes.room} data-fills>
      <div className={classes.column}>
        <div className={classes.chats}>
          <div className={classes.chat}>
            <TopBar
              threadId={threadId}
              assistantId={chosen}
              onAssistant={(id) => place.set({ assistant: id, pane: id === 'new' ? 'assistant' : null })}
              onCompare={isCompared || isNarrow ? undefined : () => place.set({ compare: firstOther })}
              onPane={isOver && chosen !== undefined ? () => place.set({ beside: 'open' }) : undefined}
              isNarrow={isOver}
            />
            {run.isLost && (
              <Alert color="red" radius={0} role="alert" py="sm">
                The stream of the answer broke off. It goes on from where it was as soon as the server is
                back.
              </Alert>
            )}
            {run.fault && <Failure error={run.fault} onRetry={() => location.reload()} />}
            {editing.error && <UnknownAssistant error={editing.error} id={chosen} />}
            <div className={classes.conversation}>
              {threadId ? (
                <Thread threadId={threadId} playground={playground} />
              ) : (
                <Welcome hasAssistant={chosen !== undefined} />
              )}
            </div>
          </div>
          {place.compared !== undefined && (
            <OtherAnswer
              model={place.compared}
              threadId={place.other}
              onModel={(model) => place.set({ compare: model })}
              onClose={() => place.set({ compare: null, with: null })}
            />
          )}
        </div>
        <Foot playground={playground} />
      </div>
      {chosen !== undefined && (
        <Beside
          pane={pane}
          onPane={(name) => place.set({ pane: name })}
          drawer={
            isOver
              ? {
                  opened: place.search.get('beside') === 'open',
                  onClose: () => place.set({ beside: null }),
                }
              : undefined
          }
        >
          {pane === 'run' ? (
            <RunPanel run={run.latest} />
          ) : (
            <AssistantPanel
              editing={editing}
              isNew={chosen === 'new'}
              onSave={() => void saved().catch(() => undefined)}
            />
          )}
        </Beside>
      )}
    </div>
  )
}

/** The address may name anything, and assistants are deleted while their threads stay. */
const UnknownAssistant = ({ error, id }: { error: Error; id: string | undefined }) =>
  error instanceof OpenAI.APIError && error.status !== 404 ? (
    <Failure error={error} />
  ) : (
    <Alert color="red" radius={0} role="alert" py="sm" title={`There is no assistant ${id}`}>
      It may have been deleted. Choose another one above.
    </Alert>
  )

type PlaygroundState = ReturnType<typeof usePlayground>

function Thread({ threadId, playground }: { threadId: string; playground: PlaygroundState }) {
  const { run, editing, openRun } = playground
  const [edited, setEdited] = useState<Message>()
  const assistantId = editing.assistant?.id
  const mayEdit = run.active === undefined && assistantId !== undefined
  const actions = useCallback(
    (message: Message) =>
      mayEdit && message.role === 'user' && <EditButton onClick={() => setEdited(message)} />,
    [mayEdit],
  )
  return (
    <>
      <Conversation threadId={threadId} actions={actions} required={answerForm} />
      <Announcer threadId={threadId} />
      {edited && assistantId !== undefined && (
        <EditMessage
          message={edited}
          assistantId={assistantId}
          onClose={() => setEdited(undefined)}
          onStarted={openRun}
        />
      )}
    </>
  )
}

const EditButton = ({ onClick }: { onClick: () => void }) => (
  <ActionIcon
    size={24}
    aria-label="Edit, and run again in a copy"
    title="Edit, and run again"
    onClick={onClick}
  >
    <Pencil1Icon />
  </ActionIcon>
)

const answerForm = (run: Run) => <AnswerCalls key={run.id} run={run} />

function Foot({ playground }: { playground: PlaygroundState }) {
  const { place, chosen, editing, run, stop, sent, overrides, setOverrides } = playground
  const { active } = run
  const tools = toolsIn(editing)
  const isLoading = run.isLoading || (chosen !== undefined && editing.isLoading)
  return (
    <div className={classes.foot}>
      {sent.error && <Failure error={sent.error} />}
      {stop.error && <Failure error={stop.error} />}
      {editing.assistant && run.latest === undefined && (
        <MissingTools
          draft={editing.draft}
          onChange={(draft) => {
            editing.setDraft(draft)
            place.set({ pane: 'assistant' })
          }}
        />
      )}
      <Composer
        tools={tools}
        blocked={isLoading ? undefined : blockedBy(editing.error ? undefined : chosen, editing.isValid)}
        isLoading={isLoading}
        onStop={active ? () => stop.mutate(active) : undefined}
        isStopping={stop.isPending || active?.status === 'cancelling'}
        onSend={(message) =>
          sent.mutateAsync(message).then(
            () => true,
            () => false,
          )
        }
        sendLabel={chosen === 'new' ? 'Create and send' : editing.isChanged ? 'Save and send' : 'Send'}
        extras={
          editing.assistant && <OverridesOfRun value={overrides} onChange={setOverrides} tools={tools} />
        }
      />
    </div>
  )
}

/** As they will be when the message is sent: what is changed in the form is saved before. */
function toolsIn({ assistant, isChanged, isValid, draft }: PlaygroundState['editing']) {
  return isChanged && isValid ? toolsOf(draft) : (assistant?.tools ?? [])
}

function blockedBy(chosen: string | undefined, isValid: boolean): string | undefined {
  if (chosen === undefined) return 'Choose an assistant, or begin with an example'
  return isValid ? undefined : 'The assistant beside has a fault'
}
