import { VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import { modelsQuery } from '../api/models.ts'
import { isOver, responsePath, type Response } from '../api/responses.ts'
import { Failure } from '../parts/Failure.tsx'
import { Notice } from '../parts/Notice.tsx'
import { AnswerForm, type Answers } from '../playground/AnswerForm.tsx'
import type { FunctionDefinition } from '../playground/call-schema.ts'
import { Composer } from '../playground/Composer.tsx'
import { ChangeNext } from './ChangeNext.tsx'
import { asksOf, inputOf, settingsOf, startResponse, type Chosen, type Input, type Origin } from './go-on.ts'
import classes from './Responses.module.css'
import { useFollowEnd } from './use-follow-end.ts'

interface Props {
  /** The response whose settings the next one has, and whose calls are answered. Undefined where there is none yet. */
  latest: Response | undefined
  isLost: boolean
  origin: Origin
  onStarted: (response: Response) => void
}

/** The playground of responses: goes on from one, or with a conversation, as a program would. */
export function GoOn({ latest, isLost, origin, onStarted }: Props) {
  const client = useClient()
  const queries = useQueryClient()
  const { data: models } = useQuery({ ...modelsQuery(client), enabled: latest === undefined })
  const first = models?.find(({ id }) => id !== 'demo') ?? models?.[0]
  const [changed, setChanged] = useState<Chosen>({})
  const chosen = { ...(!latest && first && { model: first.id }), ...changed }
  const active = latest && !isOver(latest) ? latest : undefined
  const end = useFollowEnd(active !== undefined)
  const start = async (input: Input[]) => {
    const settings = latest ? settingsOf(latest, chosen) : without(chosen)
    const started = await startResponse(client, { ...settings, ...origin, input })
    queries.setQueryData(['/responses', 'one', started.id], started)
    void queries.invalidateQueries({ queryKey: ['/responses'] })
    onStarted(started)
  }
  const sent = useMutation({ mutationFn: start })
  const stop = useMutation({
    mutationFn: (id: string) => client.post(`${responsePath(id)}/cancel`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['/responses'] }),
  })
  const { calls, approvals, computerCalls } = latest ? asksOf(latest) : nothingAsked
  const asksForOutput = calls.length + computerCalls.length > 0
  const asks = asksForOutput || approvals.length > 0
  const answer = ({ outputs, verdicts, screenshots }: Answers) =>
    start([
      ...calls.map(({ item, id }) => ({
        type:
          item.type === 'function_call'
            ? ('function_call_output' as const)
            : ('custom_tool_call_output' as const),
        call_id: id,
        output: outputs.get(id) ?? '',
      })),
      ...computerCalls.map(({ call_id, pending_safety_checks }) => ({
        type: 'computer_call_output' as const,
        call_id,
        output: { type: 'computer_screenshot' as const, image_url: screenshots.get(call_id) ?? '' },
        acknowledged_safety_checks: pending_safety_checks,
      })),
      ...approvals.map(({ id }) => ({
        type: 'mcp_approval_response' as const,
        approval_request_id: id,
        ...(verdicts.get(id) ?? { approve: false }),
      })),
    ])
  return (
    <>
      {latest && asks && (
        <div className={classes.asks}>
          <AnswerForm
            key={latest.id}
            calls={calls}
            approvals={approvals}
            computerCalls={computerCalls}
            definitionOf={({ function: { name } }) => definitionIn(latest, name)}
            send={answer}
          />
        </div>
      )}
      <section aria-label="Go on" className={classes.goOn} data-waits={asksForOutput || undefined}>
        {isLost && (
          <Notice tone="failed" title="The stream broke off">
            It goes on from where it was as soon as the server is back.
          </Notice>
        )}
        <VisuallyHidden component="output" aria-label="What the response does">
          {latest && inWords(latest, asks)}
        </VisuallyHidden>
        {sent.error && <Failure error={sent.error} />}
        {stop.error && <Failure error={stop.error} />}
        <Composer
          tools={[]}
          readsFiles
          blocked={blockedBy(latest, chosen, asksForOutput)}
          isLoading={false}
          onStop={active?.background ? () => stop.mutate(active.id) : undefined}
          isStopping={stop.isPending}
          onSend={(message) =>
            sent.mutateAsync(inputOf(message)).then(
              () => true,
              () => false,
            )
          }
          sendLabel="Send"
          takesFocus={!latest && origin.conversation === undefined}
          extras={<ChangeNext latest={latest} value={chosen} onChange={setChanged} />}
        />
      </section>
      <div ref={end} />
    </>
  )
}

function definitionIn({ tools }: Response, name: string): FunctionDefinition | undefined {
  const tool = tools.find((one) => one.type === 'function' && one.name === name)
  return tool?.type === 'function'
    ? { name, description: tool.description ?? '', parameters: tool.parameters ?? {} }
    : undefined
}

const nothingAsked = { calls: [], approvals: [], computerCalls: [] }

const without = ({ model, instructions }: Chosen) => ({
  ...(model !== undefined && { model }),
  ...(instructions !== undefined && instructions !== '' && { instructions }),
})

function blockedBy(latest: Response | undefined, { model }: Chosen, hasCalls: boolean): string | undefined {
  if (!latest && (model ?? '') === '') return 'Choose a model'
  if (hasCalls) return 'Answer the calls above first'
  if (latest && !isOver(latest) && !latest.background)
    return 'The program that asked for it is still being answered'
  return undefined
}

/** As much of an answer as is read out by itself. */
const longest = 1_500

function inWords(response: Response, asks: boolean): string {
  if (!isOver(response)) return 'The model is answering.'
  if (response.error) return `Failed. ${response.error.message}`
  if (response.status === 'cancelled') return 'The response was stopped.'
  if (asks) return 'The response waits for you to answer its calls.'
  const texts = response.output.flatMap((item) =>
    item.type === 'message' ? item.content.map((part) => ('text' in part ? part.text : '')) : [],
  )
  return `Answer: ${texts.join('\n').slice(0, longest)}`
}
