import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { RequiredFunctionCall, Run } from '../../../src/contract/runs.ts'
import { useClient } from '../api/client.ts'
import { putRun } from '../api/runs.ts'
import { Failure } from '../parts/Failure.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TimeLeft } from '../parts/TimeLeft.tsx'
import { CallFields } from './CallFields.tsx'
import { callNames, functionOf } from './call-schema.ts'
import { faultOf, firstOutput, type GivenOutput } from './given-output.ts'
import classes from './Playground.module.css'
import { rememberedOutput, rememberOutput } from './remembered-outputs.ts'

/** A form in which somebody answers the functions that a run calls, in the place of a program. */
export function AnswerCalls({ run }: { run: Run }) {
  const client = useClient()
  const queries = useQueryClient()
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const [outputs, setOutputs] = useState<Record<string, GivenOutput>>({})
  const outputOf = (call: RequiredFunctionCall) =>
    outputs[call.id] ?? firstOutput(rememberedOutput(call.function))
  const mayNot = calls.some((call) => faultOf(outputOf(call)) !== undefined)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      client.beta.threads.runs.submitToolOutputs(run.id, {
        thread_id: run.thread_id,
        tool_outputs: calls.map((call) => ({ tool_call_id: call.id, output: outputOf(call).text })),
      }),
    onMutate: () => calls.forEach((call) => rememberOutput(call.function, outputOf(call).text)),
    onSuccess: (answered) => putRun(queries, answered as unknown as Run),
  })
  if (calls.length === 0) return undefined
  const names = callNames(calls)
  return (
    <form
      className={classes.answers}
      aria-label="Functions to answer"
      onSubmit={(event) => {
        event.preventDefault()
        if (!mayNot && !isPending) mutate()
      }}
    >
      <Group gap="sm" mb="sm">
        <StateLabel status="requires_action" />
        <Text fz="sm" c="dimmed" flex={1} miw={200}>
          {calls.length === 1
            ? 'The model calls a function of yours. Answer as your program would.'
            : `The model calls ${calls.length} functions of yours at once. Answer as your program would.`}
        </Text>
        {run.expires_at !== null && (
          <Text fz="xs" c="dimmed">
            It expires in <TimeLeft until={run.expires_at} />
          </Text>
        )}
      </Group>
      <Stack gap="lg">
        {calls.map((call, index) => (
          <CallFields
            key={call.id}
            call={call}
            name={names[index]!}
            definition={functionOf(run, call)}
            output={outputOf(call)}
            onChange={(output) => setOutputs((now) => ({ ...now, [call.id]: output }))}
          />
        ))}
        {error && <Failure error={error} />}
        <Group justify="flex-end" gap="sm">
          <Text fz="xs" c="dimmed">
            Ctrl + Enter sends
          </Text>
          <Button type="submit" variant="filled" size="sm" loading={isPending} disabled={mayNot}>
            {calls.length === 1 ? 'Send the output' : `Send ${calls.length} outputs`}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
