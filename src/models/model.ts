import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { Abilities } from './abilities.ts'
import type { HostedTools } from './hosted-tools.ts'

/** What is known of a model that a name leads to. */
export interface ModelTraits extends Abilities, HostedTools {
  /** The name of the model, `provider/model` or `demo`, after aliases were resolved. */
  name: string
  /**
   * Runs with the same value here share their places. It is the name of the provider, or of a model without a provider.
   */
  provider: string
  /** In tokens, for the prompt and the answer together. */
  contextWindow: number
  /** True when the window was configured or reported. Otherwise it is a guess, and the model may accept more. */
  contextWindowKnown: boolean
  /** True when the provider enforces the JSON schema in `responseFormat`. */
  structuredOutputs: boolean
  /** Whether it can be asked how probable its tokens were. */
  logprobs: boolean
  /** Whether the provider is told which `service_tier` is asked for. Undefined where that is not known. */
  serviceTiers?: boolean
}

/** The boundary between the engine and the models. One model turn is one `doStream` of a `LanguageModelV4`. */
export interface ServedModel extends ModelTraits {
  /** Called when the provider has refused a prompt because the model reads at most this many tokens. */
  learnWindow?: (tokens: number) => void
  /** How long the model may take to send something, in milliseconds. */
  firstByteMs: number
  /** In bytes of UTF-8. A longer answer ends there. */
  maxAnswerBytes: number
  model: LanguageModelV4
  /** Where a provider that speaks OpenAI's wire takes requests of it as they are. */
  wire?: WireAddress
}

/** The API of a provider that speaks OpenAI's wire, and the name that a model has there. */
export interface WireAddress {
  /** The address up to `/chat/completions`. A query is kept. */
  baseUrl: string
  /** Authorization and similar headers. */
  headers: Record<string, string>
  /** The name of the provider. */
  provider: string
  modelId: string
  /** How long connecting may take, in milliseconds. */
  connectMs: number
}

/** Why a provider gives no list of its models. */
export interface ProviderProblem {
  /** For people, without address and key: `the provider 'lab' cannot be reached (ECONNREFUSED)`. */
  text: string
  /** The end of that sentence, from `cannot be reached` on. */
  reason: string
  /** True when it may be over in a moment, for example while the provider is starting. */
  passing: boolean
}

/** One entry of `GET /v1/models`. */
export interface ListedModel {
  id: string
  /** Unix seconds. */
  created: number
  owned_by: string
}

/** What a model costs, for a million tokens. Null where a kind of tokens has no price of its own. */
export interface ListedPrice {
  currency: string
  input: number
  cached_input: number | null
  output: number
  reasoning: number | null
  /** The date at which the operator has read the prices. */
  read_on: string | null
}

export interface ModelRegistry {
  /** Of the prices. Undefined when the operator has given none. */
  currency: string | undefined
  /** Undefined when the operator has given no price for the name, or for what it leads to. */
  priceOf(name: string): ListedPrice | undefined
  /**
   * Resolves a name and its aliases. Undefined when no model has this name. The providers are only asked for a bare
   * name that is not known: `provider/model`, `demo`, aliases and OpenAI's names are resolved from memory.
   */
  resolve(name: string): Promise<ServedModel | undefined>
  /** Where a name leads that is asked for embeddings. Undefined when no provider that speaks OpenAI's wire has it. */
  embeddings(name: string): WireAddress | undefined
  /** What a name leads to, from what is known now. Opens no model and asks no provider. */
  look(name: string): ModelTraits | undefined
  /** Why some models may be unknown, according to the last answer of each provider. */
  problems(): ProviderProblem[]
  /**
   * All models that can be asked, with aliases. Asks the providers, and keeps their lists for a while. What a provider takes long
   * to say is in a later list.
   */
  list(): Promise<ListedModel[]>
  /** All models that have ever been listed. Providers are waited for no longer than `waitMs`, in milliseconds. */
  known(waitMs: number): Promise<ListedModel[]>
}
