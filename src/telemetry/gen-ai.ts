import { contentAttributes, finishReason } from './gen-ai-messages.ts'
import type {
  DoneCompletion,
  DoneSpan,
  IndexedFile,
  ObservedRun,
  ObservedUsage,
  RunEnding,
} from './observer.ts'

/** A span as it is sent: https://github.com/open-telemetry/semantic-conventions-genai names what is in it. */
export interface Told {
  name: string
  kind: 'internal' | 'client'
  attributes: Attributes
  /** Its class where it has failed, and in words where those may be told. */
  error?: { type: string; message?: string | undefined } | undefined
}

export type Attributes = Record<string, string | number | boolean | string[]>

/** What the conventions call a provider, and where it is. */
export interface ProviderPlace {
  name: string
  address?: string | undefined
  port?: number | undefined
}

/** By the names that the operator has given them. */
export type Providers = ReadonlyMap<string, ProviderPlace>

/** Of types of providers, and of names that servers of OpenAI's chat API are often given. */
const wellKnown: Record<string, string> = {
  openai: 'openai',
  azure: 'azure.ai.openai',
  anthropic: 'anthropic',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  xai: 'x_ai',
  moonshot: 'moonshot_ai',
}

/** By the name that the settings give a provider: the name that the conventions have for it, and where it listens. */
export const providerPlaces = (
  providers: readonly { name: string; type: string; baseUrl?: string | undefined }[],
): Providers =>
  new Map(
    providers.map(({ name, type, baseUrl }) => {
      const url = baseUrl === undefined ? undefined : (URL.parse(baseUrl) ?? undefined)
      const port = url && Number(url.port || (url.protocol === 'https:' ? 443 : 80))
      return [name, { name: wellKnown[type] ?? wellKnown[name] ?? name, address: url?.hostname, port }]
    }),
  )

/** What a span of a run and the numbers of a model turn have in common. */
export const operationAttributes = (run: ObservedRun, span: DoneSpan, providers: Providers): Attributes => ({
  ...modelAttributes(
    'chat',
    { provider: span.provider ?? run.provider, model: span.served_model ?? run.model },
    providers,
  ),
  ...(span.status === 'failed' && { 'error.type': errorType(span) }),
})

/** The same for a request for a model itself. */
export const completionAttributes = (done: DoneCompletion, providers: Providers): Attributes => ({
  ...modelAttributes(done.operation, done, providers),
  ...(done.error !== undefined && { 'error.type': done.error }),
})

function modelAttributes(
  operation: 'chat' | 'embeddings',
  { provider: name, model }: { provider: string; model: string },
  providers: Providers,
): Attributes {
  const { name: provider, address, port } = providers.get(name) ?? { name: wellKnown[name] ?? name }
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model.startsWith(`${name}/`) ? model.slice(name.length + 1) : model,
    ...(address !== undefined && { 'server.address': address }),
    ...(address !== undefined && port !== undefined && { 'server.port': port }),
  }
}

/** A request for a model itself. */
export function tellCompletion(done: DoneCompletion, providers: Providers): Told {
  const { operation, project, first_token_at: heard, started_at, usage, error } = done
  const about = completionAttributes(done, providers)
  return {
    name: `${operation} ${String(about['gen_ai.request.model'])}`,
    kind: 'client',
    attributes: {
      ...about,
      ...(heard !== undefined && {
        'gen_ai.request.stream': true,
        'gen_ai.response.time_to_first_chunk': (heard - started_at) / 1_000,
      }),
      ...(operation === 'chat'
        ? usageAttributes(usage ?? null)
        : { 'gen_ai.usage.input_tokens': usage?.prompt_tokens ?? 0 }),
      'threadmill.project.id': project,
    },
    error: error === undefined ? undefined : { type: error },
  }
}

const errorType = ({ error_code }: DoneSpan) => error_code ?? '_OTHER'

/** The whole of a run. */
export function tellRun(run: ObservedRun, { status, usage, error }: RunEnding, providers: Providers): Told {
  const failed = status === 'failed' || status === 'expired'
  return {
    name: 'invoke_agent',
    kind: 'internal',
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': providers.get(run.provider)?.name ?? run.provider,
      'gen_ai.request.model': run.model,
      ...(run.assistant !== undefined && { 'gen_ai.agent.id': run.assistant }),
      ...idsOf(run),
      'threadmill.run.status': status,
      ...settingsOf(run),
      ...usageAttributes(usage),
    },
    error: failed ? { type: error ?? status } : undefined,
  }
}

/** A part of a run. */
export function tellSpan(run: ObservedRun, span: DoneSpan, providers: Providers): Told {
  const { type, status, contents } = span
  const error = status === 'failed' ? { type: errorType(span), message: contents && span.error } : undefined
  const attributes = { ...idsOf(run), ...(contents && contentAttributes(contents)) }
  if (type === 'tool_call') {
    const tool = span.tool ?? 'unknown'
    const about = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool }
    const call: Attributes = span.call_id === undefined ? {} : { 'gen_ai.tool.call.id': span.call_id }
    const kind = { file_search: 'datastore', code_interpreter: 'extension' }[tool] ?? 'function'
    return {
      name: `execute_tool ${tool}`,
      kind: 'internal',
      attributes: { ...about, ...call, 'gen_ai.tool.type': kind, ...attributes },
      error,
    }
  }
  if (type !== 'model_turn') return { name: type, kind: 'internal', attributes, error }
  const { first_token_at: heard, started_at, finish, usage } = span
  const about = operationAttributes(run, span, providers)
  return {
    name: `chat ${String(about['gen_ai.request.model'])}`,
    kind: 'client',
    attributes: {
      ...about,
      'gen_ai.request.stream': true,
      ...settingsOf(run),
      ...(heard !== undefined && { 'gen_ai.response.time_to_first_chunk': (heard - started_at) / 1_000 }),
      ...(finish !== undefined && { 'gen_ai.response.finish_reasons': [finishReason(finish)] }),
      ...usageAttributes(usage ?? null),
      ...attributes,
    },
    error,
  }
}

/** The span of a file that was indexed, or was not. */
export function tellFile({ id, project, vector_store, bytes, status, error }: IndexedFile): Told {
  return {
    name: 'index_file',
    kind: 'internal',
    attributes: {
      'gen_ai.data_source.id': vector_store,
      'threadmill.file.id': id,
      'threadmill.file.bytes': bytes,
      'threadmill.file.status': status,
      'threadmill.project.id': project,
    },
    error: status === 'completed' ? undefined : { type: error ?? '_OTHER' },
  }
}

const idsOf = (run: ObservedRun): Attributes => ({
  ...(run.thread !== undefined && { 'gen_ai.conversation.id': run.thread }),
  'threadmill.run.id': run.id,
  'threadmill.project.id': run.project,
})

const settingsOf = ({ settings }: ObservedRun): Attributes => ({
  'gen_ai.request.temperature': settings.temperature,
  'gen_ai.request.top_p': settings.top_p,
  'gen_ai.output.type': settings.output_type,
  ...(settings.max_tokens !== null && { 'gen_ai.request.max_tokens': settings.max_tokens }),
})

const usageAttributes = (usage: ObservedUsage | null): Attributes =>
  usage === null
    ? {}
    : {
        'gen_ai.usage.input_tokens': usage.prompt_tokens,
        'gen_ai.usage.output_tokens': usage.completion_tokens,
        'gen_ai.usage.cache_read.input_tokens': usage.prompt_token_details?.cached_tokens ?? 0,
        'gen_ai.usage.reasoning.output_tokens': usage.completion_tokens_details?.reasoning_tokens ?? 0,
      }
