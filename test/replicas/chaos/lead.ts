import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { isOver, take } from '../../acceptance/reader.ts'
import type { SeenEvent } from '../../runs.ts'
import { NoAnswer, type Client, type Json } from './client.ts'
import type { KnownRun, Ledger } from './ledger.ts'
import { readStream } from './read-stream.ts'

/** When nothing happens in a run for this time, it is stuck. In milliseconds. */
const stuckAfterMs = 120_000
const ended = new Set(['completed', 'incomplete', 'failed', 'cancelled', 'expired'])

/** Follows runs to their end as a client does, through any replica that answers. */
export interface Leader {
  /** Makes a run in a thread whose last message contains the token, and follows it to its end. */
  run(run: Omit<KnownRun, 'id'>, assistantId: string, onDelta?: (run: KnownRun) => void): Promise<void>
  /** Resolves with the run in its final state. */
  endOf(path: string, outputs?: (given: Map<string, string>) => void): Promise<Json>
  /** Follows all runs of a thread to their end. */
  settle(threadId: string): Promise<void>
  cancel(run: KnownRun): Promise<void>
}

export const runPath = ({ threadId, id }: Pick<KnownRun, 'id' | 'threadId'>) =>
  `/threads/${threadId}/runs/${id}`

/** The output of the function for a call. It is the same every time. */
const outputFor = (callId: string) => `seen-by-${callId}`

export function createLeader(client: Client, ledger: Ledger): Leader {
  /** Sends one request for a stream and reads the answer as far as possible. False when it was refused. */
  async function stream(
    run: KnownRun,
    request: { method: 'GET' | 'POST'; path: string; body?: object },
    onEvent: (event: SeenEvent) => void = () => {},
  ): Promise<Response | undefined> {
    const leave = new AbortController()
    const { method, path, body } = request
    const lastEventId = method === 'GET' ? run.seen?.at(-1)?.id : undefined
    try {
      const response = await client.open(method, path, { body, lastEventId, signal: leave.signal })
      if (response.status !== 200) return response
      const read = (event: SeenEvent) => {
        if (event.event === 'done' || event.event === 'error') return true
        take((run.seen ??= []), event)
        ledger.heard++
        onEvent(event)
        return false
      }
      await readStream(() => run.id, response, read, leave)
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      if (method === 'POST') ledger.unknown++
      await pause(50)
    }
    return undefined
  }

  async function find({ threadId, token }: Omit<KnownRun, 'id'>): Promise<string | undefined> {
    const { body } = await client.askUntilAnswered('GET', `/threads/${threadId}/runs?limit=20`)
    return body.data.find(({ metadata }: Json) => metadata.token === token)?.id
  }

  /** Tries until there is a run. When it is streamed, the first stream is read as far as possible. */
  async function begin(
    run: KnownRun,
    assistantId: string,
    onEvent: (event: SeenEvent) => void,
  ): Promise<void> {
    const path = `/threads/${run.threadId}/runs`
    const body = { assistant_id: assistantId, metadata: { token: run.token }, stream: run.seen !== undefined }
    const known = (id: string) => {
      run.id = id
      ledger.runs.set(id, run)
    }
    for (let tries = 0; run.id === ''; tries++) {
      const found = tries > 0 ? await find(run) : undefined
      if (found !== undefined) return known(found)
      if (!run.seen) {
        const answer = await client.ask('POST', path, body).catch((error) => {
          if (!(error instanceof NoAnswer)) throw error
          ledger.unknown++
        })
        if (answer?.status === 200) known(answer.body.id)
        else if (answer) await refused(run, answer.body)
        continue
      }
      const refusal = await stream(run, { method: 'POST', path, body }, (event) => {
        if (run.id === '') known(event.data.id)
        onEvent(event)
      })
      if (refusal) await refused(run, await refusal.json())
    }
  }
  async function refused({ threadId }: KnownRun, body: Json): Promise<void> {
    assert.match(String(body.error?.message), /already has an active run/)
    await settle(threadId)
  }

  const outputsFor = (run: Json) =>
    new Map<string, string>(
      run.required_action.submit_tool_outputs.tool_calls.map(({ id }: Json) => [id, outputFor(id)]),
    )
  const toolOutputs = (outputs: Map<string, string>) =>
    [...outputs].map(([tool_call_id, output]) => ({ tool_call_id, output }))
  const mayBeRefused = (body: Json) =>
    assert.match(String(body.error?.message), /Runs in status .* do not accept tool outputs/)

  async function follow(run: KnownRun, onEvent: (event: SeenEvent) => void): Promise<void> {
    const path = runPath(run)
    for (let deadline = Date.now() + stuckAfterMs, heard = -1; ;) {
      const last = run.seen?.at(-1)
      if (last && isOver(last)) return
      if ((run.seen?.length ?? 0) > heard) deadline = Date.now() + stuckAfterMs
      heard = run.seen?.length ?? 0
      assert.ok(Date.now() < deadline, `nothing comes of ${run.id} any more after ${last?.id} ${last?.event}`)
      if (last?.event === 'thread.run.requires_action') {
        const outputs = outputsFor(last.data)
        const body = { tool_outputs: toolOutputs(outputs), stream: true }
        const refusal = await stream(
          run,
          { method: 'POST', path: `${path}/submit_tool_outputs`, body },
          (event) => {
            run.outputs = outputs
            onEvent(event)
          },
        )
        if (refusal) mayBeRefused(await refusal.json())
        if (run.seen?.at(-1) !== last) continue
      }
      const refusal = await stream(run, { method: 'GET', path: `${path}/stream` }, onEvent)
      if (refusal) assert.fail(`the stream of ${run.id}: ${refusal.status} ${await refusal.text()}`)
    }
  }

  async function endOf(
    path: string,
    given: (outputs: Map<string, string>) => void = () => {},
  ): Promise<Json> {
    for (const deadline = Date.now() + stuckAfterMs; ; await pause(100)) {
      const { status, body } = await client.askUntilAnswered('GET', path)
      assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
      ledger.heard++
      if (ended.has(body.status)) return body
      assert.ok(Date.now() < deadline, `${path} is still ${body.status}`)
      if (body.status !== 'requires_action') continue
      const outputs = outputsFor(body)
      const answer = await client
        .ask('POST', `${path}/submit_tool_outputs`, { tool_outputs: toolOutputs(outputs) })
        .catch(() => undefined)
      if (answer?.status === 200) given(outputs)
      else if (answer) mayBeRefused(answer.body)
    }
  }

  async function settle(threadId: string): Promise<void> {
    const { body } = await client.askUntilAnswered('GET', `/threads/${threadId}/runs?limit=20`)
    for (const { id, status } of body.data) if (!ended.has(status)) await endOf(runPath({ threadId, id }))
  }

  return {
    settle,
    endOf,
    async run(begun, assistantId, onDelta = () => {}) {
      const run: KnownRun = { id: '', ...begun }
      const onEvent = ({ event }: SeenEvent) => event === 'thread.message.delta' && onDelta(run)
      await begin(run, assistantId, onEvent)
      if (run.seen) await follow(run, onEvent)
      else await endOf(runPath(run), (outputs) => (run.outputs = outputs))
    },
    async cancel(run) {
      const answer = await client.ask('POST', `${runPath(run)}/cancel`, {}).catch((error) => {
        if (!(error instanceof NoAnswer)) throw error
        ledger.unknown++
      })
      if (answer?.status === 200) run.cancelled ||= answer.body.status.startsWith('cancell')
    },
  }
}
