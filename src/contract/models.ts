export interface Model {
  id: string
  object: 'model'
  created: number
  owned_by: string
  /** An addition to the original, in models whose price is known. */
  price?: Price
  /** An addition to the original, of one model that is asked for by its name, or where `include[]` asks for it. */
  served_by?: Serving
}

/** What a name leads to. */
export interface Serving {
  /** The name after aliases. */
  model: string
  provider: string
  /** In tokens, for the prompt and the answer together. It is a guess where `context_window_known` is false. */
  context_window: number
  context_window_known: boolean
  /** Whether the provider itself keeps answers to a JSON schema. */
  structured_outputs: boolean
  /** Whether the model calls functions, and sees pictures. Null where that is not known. */
  tools: boolean | null
  images: boolean | null
}

/** The value of `include[]` with which the list says that of every model. */
export const includeServedByValue = 'served_by'

/** For a million tokens. Null where a kind of tokens has no price of its own. */
export interface Price {
  currency: string
  input: number
  cached_input: number | null
  output: number
  reasoning: number | null
  /** The date at which the operator has read the prices. */
  read_on: string | null
}

/** The only list without cursors. */
export interface ModelList {
  object: 'list'
  data: Model[]
}

export const toModel = (
  listed: { id: string; created: number; owned_by: string },
  price: Price | undefined,
  serving?: Serving,
): Model => ({
  id: listed.id,
  object: 'model',
  created: listed.created,
  owned_by: listed.owned_by,
  ...(price && { price }),
  ...(serving && { served_by: serving }),
})
