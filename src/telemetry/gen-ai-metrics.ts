import type { Meter } from '@opentelemetry/api'
import { completionAttributes, operationAttributes, type Attributes, type Providers } from './gen-ai.ts'
import type { DoneCompletion, DoneSpan, ObservedRun, ObservedUsage, RunEnding } from './observer.ts'

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
  function answered({ started_at, ended_at, first_token_at, usage }: Answered, about: Attributes): void {
    operations.record((ended_at - started_at) / 1_000, about)
    if (first_token_at !== undefined) firstChunks.record((first_token_at - started_at) / 1_000, about)
    if (!usage) return
    const { prompt_tokens: input, completion_tokens: output } = usage
    for (const [type, count] of Object.entries({ input, output }))
      if (type === 'input' || about['gen_ai.operation.name'] === 'chat')
        tokens.record(count, { ...about, 'gen_ai.token.type': type })
  }
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
      answered(span, about)
    },
    completionEnded: (done: DoneCompletion) => answered(done, completionAttributes(done, providers)),
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

/** Times are in milliseconds of Unix time. */
interface Answered {
  started_at: number
  ended_at: number
  first_token_at?: number | undefined
  usage?: ObservedUsage | null | undefined
}
