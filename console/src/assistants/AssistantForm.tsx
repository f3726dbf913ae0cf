import { Checkbox, Fieldset, Group, NumberInput, Select, Stack, Textarea, TextInput } from '@mantine/core'
import { useEffect, useMemo, useRef } from 'react'
import classes from './Assistants.module.css'
import { problemsOf, type Draft, type Refusal } from './draft.ts'
import { PythonFiles, SearchStore } from './FilesField.tsx'
import { FunctionsField } from './FunctionsField.tsx'
import { JsonEditor } from './json/JsonEditor.tsx'
import { ModelSelect } from './ModelSelect.tsx'

interface Props {
  draft: Draft
  onChange: (draft: Draft) => void
  refusal: Refusal | undefined
  /** One that is being made begins with its name. */
  isNew?: boolean
}

/** Every field of an assistant. Who shows the form saves it. */
export function AssistantForm({ draft, onChange, refusal, isNew = false }: Props) {
  const name = useRef<HTMLInputElement>(null)
  useEffect(() => {
    // Who writes elsewhere meanwhile, as in the palette, is not interrupted.
    if (isNew && !(document.activeElement instanceof HTMLInputElement)) name.current?.focus()
  }, [isNew])
  const set = (changes: Partial<Draft>) => onChange({ ...draft, ...changes })
  const problems = useMemo(() => problemsOf(draft, refusal), [draft, refusal])
  return (
    <Stack gap="md">
      <TextInput
        ref={name}
        label="Name"
        placeholder="Math tutor"
        maxLength={256}
        value={draft.name}
        onChange={({ currentTarget }) => set({ name: currentTarget.value })}
      />
      <ModelSelect value={draft.model} onChange={(model) => set({ model })} error={problems.model} />
      <Textarea
        label="Instructions"
        placeholder="Who it is, what it should do, and how it should answer"
        autosize
        minRows={4}
        maxRows={16}
        value={draft.instructions}
        onChange={({ currentTarget }) => set({ instructions: currentTarget.value })}
      />
      <Tools draft={draft} set={set} />
      <FunctionsField
        functions={draft.functions}
        problems={problems.functions}
        onChange={(functions) => set({ functions })}
      />
      <Sampling draft={draft} set={set} />
      <Select
        label="Response format"
        data={formats}
        value={draft.format}
        onChange={(format) => set({ format: (format ?? 'auto') as Draft['format'] })}
        allowDeselect={false}
      />
      {draft.format === 'json_schema' && (
        <JsonEditor
          label="JSON Schema of the answers"
          value={draft.schema}
          onChange={(schema) => set({ schema })}
          problems={problems.schema}
        />
      )}
      <TextInput
        label="Description"
        placeholder="For people; the model does not see it"
        maxLength={512}
        value={draft.description}
        onChange={({ currentTarget }) => set({ description: currentTarget.value })}
      />
    </Stack>
  )
}

const formats = [
  { value: 'auto', label: 'auto' },
  { value: 'text', label: 'Text' },
  { value: 'json_object', label: 'JSON object' },
  { value: 'json_schema', label: 'JSON by a schema' },
]

interface PartProps {
  draft: Draft
  set: (changes: Partial<Draft>) => void
}

function Tools({ draft, set }: PartProps) {
  return (
    <Fieldset variant="unstyled" legend="Tools" className={classes.tools}>
      <Checkbox
        size="xs"
        label="Code interpreter"
        description="Runs Python in a sandbox, reads files and draws"
        checked={draft.codeInterpreter}
        onChange={({ currentTarget }) => set({ codeInterpreter: currentTarget.checked })}
      />
      {draft.codeInterpreter && (
        <PythonFiles value={draft.pythonFiles} onChange={(pythonFiles) => set({ pythonFiles })} />
      )}
      <Checkbox
        size="xs"
        label="File search"
        description="Finds passages in documents and cites them"
        checked={draft.fileSearch}
        onChange={({ currentTarget }) => set({ fileSearch: currentTarget.checked })}
      />
      {draft.fileSearch && <SearchStore value={draft.stores} onChange={(stores) => set({ stores })} />}
    </Fieldset>
  )
}

function Sampling({ draft, set }: PartProps) {
  return (
    <>
      <Group grow gap="sm" align="flex-start">
        <NumberInput
          label="Temperature"
          min={0}
          max={2}
          step={0.1}
          decimalScale={2}
          value={draft.temperature}
          onChange={(value) => typeof value === 'number' && set({ temperature: value })}
        />
        <NumberInput
          label="Top P"
          min={0}
          max={1}
          step={0.05}
          decimalScale={2}
          value={draft.topP}
          onChange={(value) => typeof value === 'number' && set({ topP: value })}
        />
      </Group>
      <Select
        label="Reasoning"
        placeholder="As the model has it"
        data={['none', 'minimal', 'low', 'medium', 'high', 'xhigh']}
        value={draft.reasoningEffort}
        onChange={(reasoningEffort) => set({ reasoningEffort })}
        clearable
      />
    </>
  )
}
