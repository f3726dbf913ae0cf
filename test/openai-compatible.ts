import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { openaiCompatible } from '../src/models/providers/openai-compatible.ts'
import { startFakeUpstream, type FakeReply } from './fake-upstream.ts'

export const hello: LanguageModelV4CallOptions = {
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
}

export async function ask(reply: FakeReply, call: LanguageModelV4CallOptions = hello) {
  await using upstream = await startFakeUpstream({ reply })
  const model = at(`${upstream.url}/v1`)
  const parts: LanguageModelV4StreamPart[] = []
  for await (const part of (await model.doStream(call)).stream) parts.push(part)
  return { parts, request: upstream.requests[0]! }
}

export const at = (baseUrl: string) =>
  openaiCompatible({
    name: 'fake',
    baseUrl,
    modelId: 'tiny',
    headers: { authorization: 'Bearer secret-key' },
    structuredOutputs: true,
  })

export const types = (parts: LanguageModelV4StreamPart[]) => parts.map((part) => part.type)
