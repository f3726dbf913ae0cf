import assert from 'node:assert/strict'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { scripted, type Script } from '../src/models/scripted.ts'
import { raw } from './raw.ts'
import { parseEvents, type SeenEvent } from './runs.ts'
import { startTestServer } from './server.ts'

/** A server whose model `m` plays the script, for tests of the Responses API. */
export async function createResponsesFixture(
  script: Script | LanguageModelV4,
  options: Parameters<typeof startTestServer>[0] = {},
) {
  const model = typeof script === 'object' && 'doStream' in script ? script : scripted(script)
  const server = await startTestServer({ ...options, models: { m: model } })
  return {
    ...server,
    model: model as ReturnType<typeof scripted>,
    responses: server.client.responses,
    /** Creates a response as it stands, and reads its stream to the end. */
    async stream(params: Record<string, unknown>): Promise<SeenEvent[]> {
      const answer = await raw(server, 'POST', '/v1/responses', { model: 'm', stream: true, ...params })
      assert.equal(answer.status, 200, answer.text)
      return parseEvents(answer.text)
    },
    post: (body: unknown) => raw(server, 'POST', '/v1/responses', body),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** The order of a stream in short: without `response.`, with the types of items, and equal events that follow each other once. */
export function shortOrder(events: SeenEvent[]): string[] {
  const names = events.map(({ event, data }) => {
    const name = event.replace(/^response\./, '')
    return name.startsWith('output_item.') ? `${name}(${data.item.type})` : name
  })
  return names.filter((name, at) => name !== names[at - 1] || !name.endsWith('.delta'))
}

/** That a stream is numbered from 0 without gaps, and that each event names its own type. */
export function assertNumbered(events: SeenEvent[], first = 0): void {
  assert.deepEqual(
    events.map(({ data }) => [data.sequence_number, data.type]),
    events.map(({ event }, at) => [first + at, event]),
  )
}

/** What the model was asked, as plain text by role. */
export const asked = (call: { prompt: { role: string; content: unknown }[] } | undefined) =>
  (call?.prompt ?? []).map(({ role, content }) => [
    role,
    typeof content === 'string'
      ? content
      : (content as { text?: string; toolName?: string }[])
          .map((part) => part.text ?? part.toolName ?? '?')
          .join('|'),
  ])
