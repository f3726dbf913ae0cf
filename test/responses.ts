import assert from 'node:assert/strict'
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
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

/** A model whose provider keeps what it reasons to itself, and sends in its place what it wants back. */
export function withSealedReasoning(script: Script): ReturnType<typeof scripted> {
  const model = scripted(script)
  return {
    ...model,
    async doStream(options) {
      const { stream, ...rest } = await model.doStream(options)
      const signed = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
        transform(part, controller) {
          const sealed = part.type === 'reasoning-end' && { providerMetadata: { scripted: { sealed: 'x' } } }
          controller.enqueue({ ...part, ...sealed })
        },
      })
      return { ...rest, stream: stream.pipeThrough(signed) }
    },
  }
}

/** The name of an event in short: without `response.`, and with the type of an item. */
export function shortName({ event, data }: SeenEvent): string {
  const name = event.replace(/^response\./, '')
  return name.startsWith('output_item.') ? `${name}(${data.item.type})` : name
}

/** The order of a stream in short names, and equal deltas that follow each other once. */
export function shortOrder(events: SeenEvent[]): string[] {
  const names = events.map(shortName)
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
