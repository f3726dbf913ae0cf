import type { Meter } from '@opentelemetry/api'
import { operationAttributes, type Attributes, type Providers } from './gen-ai.ts'
import type { DoneSpan, ObservedRun, RunEnding } from './observer.ts'

/** The boundaries that the conventions give. */
const tokenBuckets = Array.from({ length: 14 }, (_, power) => 4 ** power)
const secondBuckets = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power)

/** The numbers of the conventions for generative AI. Their attributes have no ids. */
export function genAiMetrics(meter: Meter, providers: Providers) {
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, {
      unit: 's',
      description,
      advice: { explicitBucketBoundaries: secondBuckets },
    })
  const tokens = meter.createHistogram('gen_ai.client.token.usage', {
    unit: '{token}',
    description: 'Number of input and output tokens used.',
    advice: { explicitBucketBoundaries: tokenBuckets },
  })
  const operations = seconds('gen_ai.client.operation.duration', 'GenAI operation duration.')
  const firstChunks = seconds(
    'gen_ai.client.operation.time_to_first_chunk',
    'Time to receive the first chunk of an answer.',
  )
  const tools = seconds('gen_ai.execute_tool.duration', 'Time of a call of a tool.')
  const runs = seconds('gen_ai.invoke_agent.duration', 'Time of a run, from its creation to its end.')
  return {
    span(run: ObservedRun, span: DoneSpan): void {
      const took = (span.ended_at - span.started_at) / 1_000
      const failed: Attributes = span.status === 'failed' ? { 'error.type': span.error_code ?? '_OTHER' } : {}
      if (span.type === 'tool_call')
        tools.record(took, {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.tool.name': span.tool ?? 'unknown',
          ...failed,
        })
      if (span.type !== 'model_turn') return
      const about = operationAttributes(run, span, providers)
      operations.record(took, about)
      if (span.first_token_at !== undefined)
        firstChunks.record((span.first_token_at - span.started_at) / 1_000, about)
      if (!span.usage) return
      const { prompt_tokens: input, completion_tokens: output } = span.usage
      for (const [type, count] of Object.entries({ input, output }))
        tokens.record(count, { ...about, 'gen_ai.token.type': type })
    },
    runEnded({ status, error }: RunEnding, took: number): void {
      const failed = status === 'failed' || status === 'expired'
      runs.record(took, {
        'gen_ai.operation.name': 'invoke_agent',
        'threadmill.run.status': status,
        ...(failed && { 'error.type': error ?? status }),
      })
    },
  }
}
