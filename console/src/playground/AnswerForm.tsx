import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { McpApprovalRequestItem } from '../../../src/contract/responses/items.ts'
import { Failure } from '../parts/Failure.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TimeLeft } from '../parts/TimeLeft.tsx'
import { ApprovalFields, type Verdict } from './ApprovalFields.tsx'
import { CallFields } from './CallFields.tsx'
import { callNames, type AskedCall, type FunctionDefinition } from './call-schema.ts'
import { faultOf, firstOutput, type GivenOutput } from './given-output.ts'
import classes from './Playground.module.css'
import { rememberedOutput, rememberOutput } from './remembered-outputs.ts'

export interface Answers {
  /** By the id of the call. */
  outputs: ReadonlyMap<string, string>
  /** By the id of the request. */
  verdicts: ReadonlyMap<string, Verdict>
}

interface Props {
  calls: readonly AskedCall[]
  /** Calls of MCP servers that somebody has to allow. */
  approvals?: readonly McpApprovalRequestItem[]
  definitionOf: (call: AskedCall) => FunctionDefinition | undefined
  /** When it is too late, in Unix seconds. */
  until?: number | null
  send: (answers: Answers) => Promise<unknown>
}

/** A form in which somebody answers what a model asks of its caller, in the place of a program. */
export function AnswerForm({ calls, approvals = [], definitionOf, until = null, send }: Props) {
  const [outputs, setOutputs] = useState<Record<string, GivenOutput>>({})
  const [verdicts, setVerdicts] = useState<Record<string, Verdict>>({})
  const outputOf = (call: AskedCall) => outputs[call.id] ?? firstOutput(rememberedOutput(call.function))
  const mayNot =
    calls.some((call) => faultOf(outputOf(call)) !== undefined) ||
    approvals.some(({ id }) => verdicts[id] === undefined)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      send({
        outputs: new Map(calls.map((call) => [call.id, outputOf(call).text])),
        verdicts: new Map(Object.entries(verdicts)),
      }),
    onMutate: () => calls.forEach((call) => rememberOutput(call.function, outputOf(call).text)),
  })
  const names = callNames(calls)
  return (
    <form
      className={classes.answers}
      aria-label={calls.length > 0 ? 'Functions to answer' : 'Calls to approve'}
      onSubmit={(event) => {
        event.preventDefault()
        if (!mayNot && !isPending) mutate()
      }}
    >
      <Group gap="sm" mb="sm">
        <StateLabel status="requires_action" />
        <Text fz="sm" c="dimmed" flex={1} miw={200}>
          {asked(calls.length, approvals.length)}
        </Text>
        {until !== null && (
          <Text fz="xs" c="dimmed">
            It expires in <TimeLeft until={until} />
          </Text>
        )}
      </Group>
      <Stack gap="lg">
        {calls.map((call, index) => (
          <CallFields
            key={call.id}
            call={call}
            name={names[index]!}
            definition={definitionOf(call)}
            output={outputOf(call)}
            onChange={(output) => setOutputs((now) => ({ ...now, [call.id]: output }))}
          />
        ))}
        {approvals.map((request) => (
          <ApprovalFields
            key={request.id}
            request={request}
            verdict={verdicts[request.id]}
            onChange={(verdict) => setVerdicts((now) => ({ ...now, [request.id]: verdict }))}
          />
        ))}
        {error && <Failure error={error} />}
        <Group justify="flex-end" gap="sm">
          <Text fz="xs" c="dimmed">
            {mayNot && calls.length === 0 ? 'Approve or deny each of them' : 'Ctrl + Enter sends'}
          </Text>
          <Button type="submit" variant="filled" size="sm" loading={isPending} disabled={mayNot}>
            {sends(calls.length, approvals.length)}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function asked(calls: number, approvals: number): string {
  if (calls === 0)
    return approvals === 1
      ? 'The model wants to call a tool of an MCP server, which somebody has to allow.'
      : `The model wants to make ${approvals} calls of MCP servers, which somebody has to allow.`
  const more = approvals > 0 ? ', and asks whether it may call MCP servers' : ''
  return calls === 1
    ? `The model calls a function of yours${more}. Answer as your program would.`
    : `The model calls ${calls} functions of yours at once${more}. Answer as your program would.`
}

function sends(calls: number, approvals: number): string {
  if (calls + approvals > 1) return approvals > 0 ? 'Send the answers' : `Send ${calls} outputs`
  return approvals > 0 ? 'Send the answer' : 'Send the output'
}
