import { Button, Group, Stack, Text } from '@mantine/core'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { AssistantForm } from '../assistants/AssistantForm.tsx'
import type { useDraft } from '../assistants/use-draft.ts'

/** The assistant beside the chat, to be changed between two messages. */
export function AssistantPanel({
  editing: { assistant, draft, error, isLoading, isChanged, isValid, refusal, setDraft, discard, save },
  onSave,
  isNew,
}: {
  editing: ReturnType<typeof useDraft>
  onSave: () => void
  isNew: boolean
}) {
  if (error) return <Failure error={error} />
  if (isLoading) return undefined
  return (
    <Stack gap="md">
      <Group justify="space-between" mih={30}>
        {assistant ? <Identifier id={assistant.id} /> : <Text fz="sm">New assistant</Text>}
        <Group gap="xs">
          {isChanged && <Button onClick={discard}>Discard</Button>}
          <Button
            variant={isChanged ? 'filled' : 'default'}
            disabled={!isValid || (!isChanged && assistant !== undefined)}
            loading={save.isPending}
            onClick={onSave}
          >
            {assistant ? 'Save' : 'Create'}
          </Button>
        </Group>
      </Group>
      {save.error && <Failure error={save.error} />}
      <AssistantForm draft={draft} onChange={setDraft} refusal={refusal} isNew={isNew} />
    </Stack>
  )
}
