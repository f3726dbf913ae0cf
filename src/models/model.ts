import type { LanguageModelV4 } from '@ai-sdk/provider'

/** The boundary between the engine and the models: one turn is one `doStream` of a `LanguageModelV4`. */
export interface ServedModel {
  /** The name that answers, `provider/model` or `demo`; what an alias led to. */
  name: string
  /** What runs on it wait for together: the name of the provider, or of a model that has none. */
  provider: string
  /** In tokens: prompt and answer together. */
  contextWindow: number
  /** Whether somebody has said so; otherwise it is a guess, and the model may read more. */
  contextWindowKnown: boolean
  /** Whether a JSON schema in `responseFormat` is enforced by the provider. */
  structuredOutputs: boolean
  /** How long the model may take until it sends something. */
  firstByteMs: number
  /** Of UTF-8; a longer answer ends there. */
  maxAnswerBytes: number
  model: LanguageModelV4
}

/** Why a provider gives no list of its models. */
export interface ProviderProblem {
  /** `the provider 'lab' cannot be reached (ECONNREFUSED)`: for people, without address and key. */
  text: string
  /** The end of that sentence, from `cannot be reached` on. */
  reason: string
  /** Whether it may be over in a moment, as when the provider is still starting. */
  passing: boolean
}

/** One entry of `GET /v1/models`. */
export interface ListedModel {
  id: string
  /** Unix seconds. */
  created: number
  owned_by: string
}

export interface ModelRegistry {
  /**
   * Follows aliases; undefined when nothing serves the name. Asks the providers only for a bare name that fits
   * nothing known: `provider/model`, `demo`, aliases and OpenAI's names are resolved from memory.
   */
  resolve(name: string): Promise<ServedModel | undefined>
  /** What is in the way of knowing all models, as of the last question to each provider. */
  problems(): ProviderProblem[]
  /** Everything that will really answer, aliases included; asks the providers and remembers for a while. */
  list(): Promise<ListedModel[]>
}
