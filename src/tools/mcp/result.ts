/** The longest output of a call, in characters. What is more is cut off, and the model is told so. */
const maxOutput = 256 * 1024

/** What a call gives to the model: its texts. Pictures and sounds are named, since a call of a function gives text alone. */
export function textOfResult(content: readonly unknown[], structured: unknown): string {
  const texts = content.map((part) => textOfPart(part as Part))
  // The structured form is sent as a text besides, except by servers that have nothing else.
  if (texts.length === 0 && structured !== undefined) texts.push(JSON.stringify(structured))
  return cutOff(storable(texts.join('\n')))
}

interface Part {
  type?: unknown
  text?: unknown
  mimeType?: unknown
  uri?: unknown
  resource?: { uri?: unknown; text?: unknown }
}

function textOfPart({ type, text, mimeType, uri, resource }: Part): string {
  if (type === 'text') return wordOf(text)
  if (type === 'resource' && typeof resource?.text === 'string') return resource.text
  if (type === 'resource' || type === 'resource_link') return `[a resource: ${wordOf(resource?.uri ?? uri)}]`
  return `[${wordOf(type)} of type ${wordOf(mimeType)}, which is not shown]`
}

const wordOf = (given: unknown): string => (typeof given === 'string' ? given : '')

function cutOff(text: string): string {
  if (text.length <= maxOutput) return text
  return `${text.slice(0, maxOutput).toWellFormed()}\n[The rest was cut off: the output has ${text.length} characters.]`
}

/** Replaces half surrogate pairs and NUL, which no database stores. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD')
