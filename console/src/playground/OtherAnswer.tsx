import { ActionIcon, Group, Text, Tooltip } from '@mantine/core'
import { Cross2Icon } from '@radix-ui/react-icons'
import type { Run } from '../../../src/contract/runs.ts'
import { ModelSelect } from '../assistants/ModelSelect.tsx'
import { lazily } from '../parts/lazily.tsx'
import { AnswerCalls } from './AnswerCalls.tsx'
import classes from './Playground.module.css'
import { useActiveRun } from './use-active-run.ts'

const Conversation = lazily(async () => (await import('../parts/conversation/Conversation.tsx')).Conversation)

interface Props {
  model: string
  threadId: string | undefined
  onModel: (model: string) => void
  onClose: () => void
}

/** The same messages, answered by another model in a thread of its own. */
export function OtherAnswer({ model, threadId, onModel, onClose }: Props) {
  useActiveRun(threadId)
  return (
    <section className={classes.chat} aria-label={`Answers of ${model}`}>
      <Group className={classes.bar} gap="sm" wrap="nowrap">
        <ModelSelect label="" ariaLabel="Model to compare with" value={model} onChange={onModel} />
        <span className={classes.space} />
        <Tooltip label="Compare no longer">
          <ActionIcon aria-label="Compare no longer" onClick={onClose}>
            <Cross2Icon />
          </ActionIcon>
        </Tooltip>
      </Group>
      <div className={classes.conversation}>
        {threadId ? (
          <Conversation threadId={threadId} required={answerForm} />
        ) : (
          <Text c="dimmed" fz="sm" p="xl">
            The next message is answered here by {model} as well, in a thread of its own.
          </Text>
        )}
      </div>
    </section>
  )
}

const answerForm = (run: Run) => <AnswerCalls key={run.id} run={run} />
