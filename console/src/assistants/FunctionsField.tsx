import { Accordion, ActionIcon, Button, Group, Menu, Text, Tooltip } from '@mantine/core'
import { PlusIcon, TrashIcon } from '@radix-ui/react-icons'
import { useState } from 'react'
import { JsonEditor } from './json/JsonEditor.tsx'
import { faultIn, type Problem } from './json/problem.ts'

interface Props {
  functions: string[]
  problems: Problem[][]
  onChange: (functions: string[]) => void
}

/** The functions of the caller: the JSON of each, and what is wrong with it. */
export function FunctionsField({ functions, problems, onChange }: Props) {
  const [opened, setOpened] = useState<string | null>(null)
  const add = (text: string) => {
    onChange([...functions, text])
    setOpened(String(functions.length))
  }
  return (
    <div>
      <Group justify="space-between">
        <Text fz="xs" fw={500}>
          Functions
        </Text>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button size="compact-xs" leftSection={<PlusIcon />}>
              Add function
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {Object.entries(templates).map(([name, text]) => (
              <Menu.Item key={name} onClick={() => add(text)}>
                {name}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Group>
      {functions.length === 0 && (
        <Text fz="xs" c="dimmed">
          None. The model may call functions of yours; a run waits until you answer.
        </Text>
      )}
      <Accordion value={opened} onChange={setOpened} chevronPosition="left">
        {functions.map((text, index) => (
          <Accordion.Item key={index} value={String(index)}>
            <Group wrap="nowrap" gap={0}>
              <Accordion.Control px={0} py={4}>
                <Text span fz="sm" ff="monospace">
                  {nameIn(text) || 'function without a name'}
                </Text>{' '}
                {faultIn(problems[index] ?? []) && (
                  <Text span fz="xs" c="var(--state-failed)">
                    has a fault
                  </Text>
                )}
              </Accordion.Control>
              <Tooltip label="Remove">
                <ActionIcon
                  aria-label={`Remove the function ${nameIn(text)}`}
                  onClick={() => onChange(functions.filter((_, at) => at !== index))}
                >
                  <TrashIcon />
                </ActionIcon>
              </Tooltip>
            </Group>
            <Accordion.Panel>
              <JsonEditor
                label={`Definition of ${nameIn(text) || 'the function'}`}
                value={text}
                problems={problems[index] ?? []}
                onChange={(changed) => onChange(functions.map((one, at) => (at === index ? changed : one)))}
              />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </div>
  )
}

/** Also of JSON that is not whole yet. */
const nameIn = (text: string): string => /"name"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? ''

const write = (definition: object) => JSON.stringify(definition, null, 2)

const templates = {
  'Empty function': write({
    name: 'my_function',
    description: 'What it does, and when it should be called',
    parameters: { type: 'object', properties: {}, required: [] },
  }),
  'Example: get_weather': write({
    name: 'get_weather',
    description: 'The weather in a city now',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'Name of the city' },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
      },
      required: ['city'],
    },
  }),
}
