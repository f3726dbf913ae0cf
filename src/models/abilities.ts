/** What a model can do besides writing text. Undefined where that is not known. */
export interface Abilities {
  /** Whether it calls functions. */
  tools?: boolean
  /** Whether it sees pictures. */
  images?: boolean
}

/** From what the makers have published, for models whose provider does not tell. The first matching pattern wins. */
const known: [RegExp, Abilities][] = [
  [/(^|\/)o1-(mini|preview)/, { tools: false, images: false }],
  [/(^|\/)o3-mini/, { tools: true, images: false }],
  [/gpt-oss|gpt-3\.5|gpt-4-32k|gpt-4-(0613|0314)|gpt-4$/, { tools: true, images: false }],
  [/gpt-4o|gpt-4\.1|gpt-4-turbo|gpt-5|chatgpt-4o|(^|\/)o[134](-|$)/, { tools: true, images: true }],
  [/claude-(instant|2)/, { tools: false, images: false }],
  [/claude/, { tools: true, images: true }],
  [/gemini/, { tools: true, images: true }],
  [/pixtral/, { tools: true, images: true }],
  [/llama-?3\.2.*vision|llama-?4/, { images: true }],
  [/llava|-vl\b|-vl-|vision|minicpm-v|gemma-?3/, { images: true }],
]

export const abilitiesOf = (model: string): Abilities =>
  known.find(([pattern]) => pattern.test(model.toLowerCase()))?.[1] ?? {}

/** Reads them from an entry of a list of models, in the words of OpenRouter, of Mistral and of Ollama. */
export function readAbilities(entry: Record<string, unknown>): Abilities {
  const { capabilities, supported_parameters: parameters, architecture } = entry
  if (Array.isArray(capabilities))
    return { tools: capabilities.includes('tools'), images: capabilities.includes('vision') }
  const { function_calling, vision } = fieldsOf(capabilities)
  const { input_modalities: kinds } = fieldsOf(architecture)
  const tools = Array.isArray(parameters) ? parameters.includes('tools') : function_calling
  const images = Array.isArray(kinds) ? kinds.includes('image') : vision
  return {
    ...(typeof tools === 'boolean' && { tools }),
    ...(typeof images === 'boolean' && { images }),
  }
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
