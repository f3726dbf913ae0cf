import { Button, Group, Stack, Table, Text, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { RequiredFunctionCall, Run } from '../../../src/contract/runs.ts'
import { useClient } from '../api/client.ts'
import { putRun } from '../api/runs.ts'
import { Failure } from '../parts/Failure.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import classes from './Playground.module.css'
import { rememberedOutput, rememberOutput } from './remembered-outputs.ts'

/** A form in which somebody answers the functions that a run calls, in the place of a program. */
export function AnswerCalls({ run }: { run: Run }) {
  const client = useClient()
  const queries = useQueryClient()
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const [outputs, setOutputs] = useState<Record<string, string>>({})
  const outputOf = (call: RequiredFunctionCall) => outputs[call.id] ?? rememberedOutput(call.function)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      client.beta.threads.runs.submitToolOutputs(run.id, {
        thread_id: run.thread_id,
        tool_outputs: calls.map((call) => ({ tool_call_id: call.id, output: outputOf(call) })),
      }),
    onMutate: () => calls.forEach((call) => rememberOutput(call.function, outputOf(call))),
    onSuccess: (answered) => putRun(queries, answered as unknown as Run),
  })
  if (calls.length === 0) return undefined
  return (
    <form
      className={classes.answers}
      aria-label="Functions to answer"
      onSubmit={(event) => {
        event.preventDefault()
        mutate()
      }}
    >
      <Group gap="sm" mb="sm">
        <StateLabel status="requires_action" />
        <Text fz="sm" c="dimmed">
          {calls.length === 1
            ? 'The model calls a function of yours. Answer as your program would.'
            : `The model calls ${calls.length} functions of yours at once. Answer as your program would.`}
        </Text>
      </Group>
      <Stack gap="lg">
        {calls.map((call, index) => (
          <CallFields
            key={call.id}
            call={call}
            schema={schemaOf(run, call)}
            output={outputOf(call)}
            autoFocus={index === 0}
            onChange={(output) => setOutputs((now) => ({ ...now, [call.id]: output }))}
          />
        ))}
        {error && <Failure error={error} />}
        <Group justify="flex-end">
          <Button type="submit" variant="filled" size="sm" loading={isPending}>
            {calls.length === 1 ? 'Send the output' : `Send ${calls.length} outputs`}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

interface FieldsProps {
  call: RequiredFunctionCall
  schema: FunctionSchema | undefined
  output: string
  autoFocus: boolean
  onChange: (output: string) => void
}

function CallFields({ call, schema, output, autoFocus, onChange }: FieldsProps) {
  const { name, arguments: given } = call.function
  const parsed = argumentsIn(given)
  return (
    <div>
      <Text fz="sm" fw={600} ff="monospace">
        {name}
      </Text>
      {schema?.description && (
        <Text fz="xs" c="dimmed">
          {schema.description}
        </Text>
      )}
      {parsed ? (
        <Arguments values={parsed} schema={schema} />
      ) : (
        <pre className={classes.broken} tabIndex={0} aria-label={`Arguments of ${name}`}>
          {given}
        </pre>
      )}
      <Textarea
        label={`Output of ${name}`}
        aria-label={`Output of ${name} ${inWords(given)}`}
        description="A text, or JSON. It is filled in the next time."
        autosize
        minRows={2}
        maxRows={12}
        spellCheck={false}
        value={output}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        data-autofocus={autoFocus}
        onKeyDown={({ key, ctrlKey, metaKey, currentTarget }) => {
          if (key === 'Enter' && (ctrlKey || metaKey)) currentTarget.form?.requestSubmit()
        }}
        classNames={{ input: classes.output }}
      />
    </div>
  )
}

function Arguments({
  values,
  schema,
}: {
  values: Record<string, unknown>
  schema: FunctionSchema | undefined
}) {
  const names = [...new Set([...Object.keys(schema?.properties ?? {}), ...Object.keys(values)])]
  if (names.length === 0)
    return (
      <Text fz="xs" c="dimmed">
        No arguments
      </Text>
    )
  return (
    <Table className={classes.arguments} fz="sm" verticalSpacing={2} aria-label="Arguments" layout="fixed">
      <Table.Tbody>
        {names.map((name) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="30%" title={schema?.properties?.[name]?.description}>
              {name}
            </Table.Th>
            <Table.Td>
              {name in values ? (
                shown(values[name])
              ) : (
                <Text c="dimmed" inherit>
                  not given
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

/** Calls of the same function differ in their arguments. */
const inWords = (given: string) => (given.length > 120 ? `${given.slice(0, 120)}…` : given)

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 1))

interface FunctionSchema {
  description?: string | undefined
  properties?: Record<string, { description?: string }>
}

/** What the assistant said of the function when the run began. */
function schemaOf(run: Run, { function: { name } }: RequiredFunctionCall): FunctionSchema | undefined {
  const tool = run.tools.find((one) => one.type === 'function' && one.function.name === name)
  if (tool?.type !== 'function') return undefined
  const { description, parameters } = tool.function
  return {
    description,
    properties: (parameters?.['properties'] ?? {}) as Record<string, { description?: string }>,
  }
}

/** Undefined when they are no JSON object: models may write what is none. */
function argumentsIn(given: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(given || '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
