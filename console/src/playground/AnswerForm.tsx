import { Button, Group, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ComputerCallItem } from '../../../src/contract/responses/hosted-item-types.ts'
import type { McpApprovalRequestItem } from '../../../src/contract/responses/items.ts'
import { Failure } from '../parts/Failure.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TimeLeft } from '../parts/TimeLeft.tsx'
import { ApprovalFields, type Verdict } from './ApprovalFields.tsx'
import { CallFields } from './CallFields.tsx'
import { askedInWords, formName, sendsInWords } from './asked-in-words.ts'
import { callNames, type AskedCall, type FunctionDefinition } from './call-schema.ts'
import { faultOf, firstOutput, type GivenOutput } from './given-output.ts'
import classes from './Playground.module.css'
import { rememberedOutput, rememberOutput } from './remembered-outputs.ts'
import { isAnswered, ScreenFields, type Screen } from './ScreenFields.tsx'

export interface Answers {
  /** By the id of the call. */
  outputs: ReadonlyMap<string, string>
  /** By the id of the request. */
  verdicts: ReadonlyMap<string, Verdict>
  /** As `data:` URLs, by the id of the call. Who gives one acknowledges what had to be confirmed before. */
  screenshots: ReadonlyMap<string, string>
}

interface Props {
  calls: readonly AskedCall[]
  /** Calls of MCP servers that somebody has to allow. */
  approvals?: readonly McpApprovalRequestItem[]
  /** What is to be done on a computer of whoever answers. */
  computerCalls?: readonly ComputerCallItem[]
  definitionOf: (call: AskedCall) => FunctionDefinition | undefined
  /** When it is too late, in Unix seconds. */
  until?: number | null
  send: (answers: Answers) => Promise<unknown>
}

/** A form in which somebody answers what a model asks of its caller, in the place of a program. */
export function AnswerForm({
  calls,
  approvals = [],
  computerCalls = [],
  definitionOf,
  until = null,
  send,
}: Props) {
  const [outputs, setOutputs] = useState<Record<string, GivenOutput>>({})
  const [verdicts, setVerdicts] = useState<Record<string, Verdict>>({})
  const [screens, setScreens] = useState<Record<string, Screen>>({})
  const outputOf = (call: AskedCall) => outputs[call.id] ?? firstOutput(rememberedOutput(call.function))
  const undecided = approvals.some(({ id }) => verdicts[id] === undefined)
  const unseen = computerCalls.some((call) => !isAnswered(call, screens[call.call_id]))
  const mayNot = undecided || unseen || calls.some((call) => faultOf(outputOf(call)) !== undefined)
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      send({
        outputs: new Map(calls.map((call) => [call.id, outputOf(call).text])),
        verdicts: new Map(Object.entries(verdicts)),
        screenshots: new Map(Object.entries(screens).map(([id, { picture = '' }]) => [id, picture])),
      }),
    onMutate: () => calls.forEach((call) => rememberOutput(call.function, outputOf(call).text)),
  })
  const names = callNames(calls)
  const asked = { functions: calls.length, approvals: approvals.length, computers: computerCalls.length }
  return (
    <form
      className={classes.answers}
      aria-label={formName(asked)}
      onSubmit={(event) => {
        event.preventDefault()
        if (!mayNot && !isPending) mutate()
      }}
    >
      <Group gap="sm" mb="sm">
        <StateLabel status="requires_action" />
        <Text fz="sm" c="dimmed" flex={1} miw={200}>
          {askedInWords(asked)}
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
        {computerCalls.map((call, index) => (
          <ScreenFields
            key={call.id}
            call={call}
            name={computerCalls.length === 1 ? 'Computer' : `Computer ${index + 1}`}
            screen={screens[call.call_id] ?? {}}
            onChange={(screen) => setScreens((now) => ({ ...now, [call.call_id]: screen }))}
          />
        ))}
        {error && <Failure error={error} />}
        <Group justify="flex-end" gap="sm">
          <Text fz="xs" c="dimmed">
            {undecided ? 'Approve or deny each of them' : unseen ? whatScreensNeed : 'Ctrl + Enter sends'}
          </Text>
          <Button type="submit" variant="filled" size="sm" loading={isPending} disabled={mayNot}>
            {sendsInWords(asked)}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const whatScreensNeed = 'Show the screen, and tick what was seen to'
