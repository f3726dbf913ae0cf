import { Button, Group, NumberInput, Popover, Select, Stack, Text, Textarea } from '@mantine/core'
import type { AssistantTool } from '../../../src/contract/tools.ts'
import { ModelSelect } from '../assistants/ModelSelect.tsx'
import type { Overrides } from './start-run.ts'

interface Props {
  value: Overrides
  onChange: (overrides: Overrides) => void
  /** Of the assistant: one of them can be demanded. */
  tools: readonly AssistantTool[]
}

/** Parameters of the next run alone. The assistant stays as it is. */
export function OverridesOfRun({ value, onChange, tools }: Props) {
  const set = (changes: { [name in keyof Overrides]: Overrides[name] | undefined }) =>
    onChange(
      Object.fromEntries(
        Object.entries({ ...value, ...changes }).filter(([, one]) => one !== undefined && one !== ''),
      ),
    )
  const number = (one: string | number) => (typeof one === 'number' ? one : undefined)
  const given = Object.keys(value).length
  return (
    <Popover width={360} position="top-start" trapFocus shadow="md">
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          px="sm"
          title="Another model, instructions or limits for the next run alone"
        >
          {given === 0 ? 'Change for this run…' : given === 1 ? '1 override' : `${given} overrides`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <Text fz="xs" c="dimmed">
            For the next run alone. What is empty is as the assistant has it.
          </Text>
          <ModelSelect
            value={value.model ?? ''}
            onChange={(model) => set({ model: model || undefined })}
            placeholder="The assistant's"
            clearable
          />
          <Textarea
            label="Instead of the instructions"
            data-autofocus
            autosize
            maxRows={6}
            value={value.instructions ?? ''}
            onChange={({ currentTarget }) => set({ instructions: currentTarget.value })}
          />
          <Textarea
            label="Added to the instructions"
            autosize
            maxRows={6}
            value={value.additional_instructions ?? ''}
            onChange={({ currentTarget }) => set({ additional_instructions: currentTarget.value })}
          />
          <Group grow gap="sm">
            <NumberInput
              label="Temperature"
              min={0}
              max={2}
              step={0.1}
              value={value.temperature ?? ''}
              onChange={(one) => set({ temperature: number(one) })}
            />
            <NumberInput
              label="Top P"
              min={0}
              max={1}
              step={0.05}
              value={value.top_p ?? ''}
              onChange={(one) => set({ top_p: number(one) })}
            />
          </Group>
          <Group grow gap="sm">
            <NumberInput
              label="Most tokens out"
              min={256}
              value={value.max_completion_tokens ?? ''}
              onChange={(one) => set({ max_completion_tokens: number(one) })}
            />
            <NumberInput
              label="Last messages"
              min={1}
              value={value.truncation_strategy?.last_messages ?? ''}
              onChange={(one) =>
                set({
                  truncation_strategy:
                    number(one) === undefined
                      ? undefined
                      : { type: 'last_messages', last_messages: number(one)! },
                })
              }
            />
          </Group>
          <Select
            label="Tool choice"
            placeholder="auto"
            data={['auto', 'none', 'required', ...tools.map(nameOfTool)]}
            value={nameOfChoice(value.tool_choice)}
            onChange={(name) => set({ tool_choice: choiceOf(name) })}
            clearable
          />
          <Group justify="flex-end">
            <Button onClick={() => onChange({})} disabled={given === 0}>
              Clear
            </Button>
          </Group>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

const nameOfTool = (tool: AssistantTool) => (tool.type === 'function' ? tool.function.name : tool.type)

function nameOfChoice(choice: Overrides['tool_choice']): string | null {
  if (choice === undefined || choice === null || typeof choice === 'string') return choice ?? null
  return choice.function?.name ?? choice.type
}

function choiceOf(name: string | null): Overrides['tool_choice'] | undefined {
  if (name === null) return undefined
  if (name === 'auto' || name === 'none' || name === 'required') return name
  if (name === 'code_interpreter' || name === 'file_search') return { type: name }
  return { type: 'function', function: { name } }
}
