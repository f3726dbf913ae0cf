import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { hostileAnswer } from './room-fixture.ts'

export interface Agents extends TestServer {
  /** Takes objects of traces, as the Agents SDKs send them. */
  ingest: (data: object[]) => Promise<void>
}

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
}

const click = {
  actions: [{ type: 'click', button: 'left', x: 12, y: 34 }],
  pendingSafetyChecks: [{ id: 'sc_1', code: 'malicious_instructions', message: 'Look first.' }],
  status: 'completed',
}

/**
 * A server whose model calls a function when asked for the weather and clicks when told to use the computer, fails when asked to, and
 * answers everything else.
 */
export async function startAgents(): Promise<Agents> {
  const model = scripted((prompt) => {
    const asked = JSON.stringify(prompt.findLast(({ role }) => role === 'user'))
    if (asked.includes('fail')) return { error: { status: 400, message: 'This model takes no pictures.' } }
    if (asked.includes('hang')) return { text: 'I am still ', hang: true }
    if (asked.includes('hostile')) return { text: hostileAnswer }
    if (asked.includes('weather') && prompt.at(-1)?.role !== 'tool')
      return { toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] }
    if (asked.includes('computer') && prompt.at(-1)?.role !== 'tool')
      return { toolCalls: [{ name: 'computer', arguments: click }] }
    return { text: ['This is ', 'the answer.'], usage: { input: 1_200, output: 34 } }
  })
  const server = await startTestServer({ models: { scripted: model } })
  return {
    ...server,
    async ingest(data) {
      await raw(server, 'POST', '/v1/traces/ingest', { data })
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** A chain that forks: a question about the weather with its call, two ways to go on, and one that failed. */
export async function createChain({ client: { responses } }: TestServer) {
  const root = await responses.create({
    model: 'scripted',
    input: 'How is the weather in Paris?',
    instructions: 'Be brief.',
    tools: [weather],
    metadata: { of: 'chain' },
  })
  const [call] = root.output
  const call_id = call?.type === 'function_call' ? call.call_id : ''
  const told = await responses.create({
    model: 'scripted',
    previous_response_id: root.id,
    tools: [weather],
    input: [{ type: 'function_call_output', call_id, output: '{"sky":"sunny"}' }],
  })
  const go = (input: string) => responses.create({ model: 'scripted', previous_response_id: told.id, input })
  const packing = await go('What should I pack?')
  const tomorrow = await go('And tomorrow?')
  const failed = await responses.create({ model: 'scripted', input: 'Please fail.' })
  return { root, told, packing, tomorrow, failed }
}

const at = (ms: number) => new Date(Date.parse('2026-03-01T10:00:00Z') + ms).toISOString()

/** A trace of a triage that hands over: agents, a generation, a call, a response, a handoff and a guardrail that stops it. */
export function refundTrace(id: string, responseId: string): object[] {
  const span = (
    n: number,
    parent: number | null,
    [from, to]: [number, number],
    span_data: object,
    error: object | null = null,
  ) => ({
    object: 'trace.span',
    id: `span_${n}`,
    trace_id: id,
    parent_id: parent === null ? null : `span_${parent}`,
    started_at: at(from),
    ended_at: at(to),
    span_data,
    error,
  })
  const messages = [
    { role: 'system', content: 'You help customers.' },
    { role: 'user', content: 'I want my money back.' },
  ]
  return [
    {
      object: 'trace',
      id,
      workflow_name: 'Refund of an order',
      group_id: 'chat_17',
      metadata: { customer: 'c-42' },
    },
    // Spans are sent when they end.
    span(2, 1, [20, 900], {
      type: 'generation',
      model: 'gpt-4.1',
      model_config: { temperature: 0 },
      input: messages,
      output: [{ role: 'assistant', content: 'I hand you over.' }],
      usage: { input_tokens: 1_204, output_tokens: 31 },
    }),
    span(3, 1, [905, 910], { type: 'handoff', from_agent: 'Triage', to_agent: 'Refunds' }),
    span(1, null, [0, 915], {
      type: 'agent',
      name: 'Triage',
      tools: ['find_order'],
      handoffs: ['Refunds'],
      output_type: 'str',
    }),
    span(5, 4, [930, 1_700], {
      type: 'response',
      response_id: responseId,
      usage: { input_tokens: 900, output_tokens: 12 },
    }),
    span(6, 4, [1_710, 2_400], {
      type: 'function',
      name: 'find_order',
      input: '{"order":17}',
      output: '{"paid":12.5}',
    }),
    span(7, 4, [2_410, 2_480], { type: 'guardrail', name: 'no more than 10 dollars', triggered: true }),
    span(
      4,
      null,
      [920, 2_500],
      { type: 'agent', name: 'Refunds', tools: ['find_order'], handoffs: [], output_type: 'str' },
      {
        message: 'Guardrail tripwire triggered',
        data: { guardrail: 'no more than 10 dollars' },
      },
    ),
  ]
}
