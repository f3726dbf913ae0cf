/** In tokens, from the published figures of the makers. The first matching pattern wins. */
const known: [RegExp, number][] = [
  [/gpt-4\.1/, 1_047_576],
  [/gpt-5/, 400_000],
  [/gpt-4o|gpt-4-turbo|gpt-4-1106|gpt-4-0125|chatgpt-4o/, 128_000],
  [/gpt-4-32k/, 32_768],
  [/gpt-4/, 8192],
  [/gpt-3\.5/, 16_385],
  [/gpt-oss/, 131_072],
  [/(^|\/)o1-(mini|preview)/, 128_000],
  [/(^|\/)o[134]/, 200_000],
  [/claude/, 200_000],
  [/gemini/, 1_048_576],
  [/mistral|ministral|magistral|pixtral|devstral|codestral/, 128_000],
  [/llama-?[34]\.\d|llama-?4/, 128_000],
  [/llama-?3/, 8192],
  [/deepseek/, 128_000],
]

/** Used when neither the configuration, nor the provider, nor the table knows the model. */
export const defaultContextWindow = 32_768

/**
 * The size of the context window in tokens, for the prompt and the answer together. Undefined when the name is unknown.
 */
export function contextWindowOf(model: string): number | undefined {
  const name = model.toLowerCase()
  return known.find(([pattern]) => pattern.test(name))?.[1]
}
