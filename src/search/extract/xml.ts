import { SaxesParser } from 'saxes'
import { fileTooLarge, unreadable } from './failures.ts'

/** Names come without their prefix: writers choose prefixes as they like. */
export interface XmlEvents {
  open?(name: string, attributes: XmlAttributes): void
  text?(text: string): void
  close?(name: string): void
}

export interface XmlAttributes {
  /** By the name without its prefix; one without a prefix comes first. */
  get(name: string): string | undefined
  /** By the name with a prefix, whichever it is: `r:id` beside `id`. */
  prefixed(name: string): string | undefined
}

const maxDepth = 2000
/** Of text or attributes that the parser gathers before it says anything. */
const maxSilentBytes = 32 * 2 ** 20

/**
 * Reads XML piece by piece and stops after each piece, so that the caller can hand on what it has. No document type may
 * declare entities: nothing that is read here needs them, and they are how a small file becomes gigabytes.
 */
export async function* parseXml(source: AsyncIterable<Uint8Array>, events: XmlEvents): AsyncGenerator<void> {
  const parser = new SaxesParser<{ position: false; xmlns: false }>({ position: false, xmlns: false })
  let depth = 0
  let silent = 0
  parser.on('error', (error) => {
    throw unreadable(`Its XML is damaged: ${error.message.slice(0, 100)}`)
  })
  parser.on('doctype', (doctype) => {
    if (/<!ENTITY/i.test(doctype)) throw unreadable('Its XML declares entities, which is not allowed.')
  })
  parser.on('opentag', (tag) => {
    silent = 0
    if (++depth > maxDepth) throw unreadable('Its XML is nested too deeply.')
    events.open?.(localName(tag.name), attributesOf(tag.attributes))
  })
  parser.on('text', (text) => {
    silent = 0
    events.text?.(text)
  })
  parser.on('cdata', (text) => {
    silent = 0
    events.text?.(text)
  })
  parser.on('closetag', (tag) => {
    silent = 0
    depth -= 1
    events.close?.(localName(tag.name))
  })

  let decoder: TextDecoder | undefined
  for await (const bytes of source) {
    decoder ??= new TextDecoder(bytes[0] === 0xff ? 'utf-16le' : bytes[0] === 0xfe ? 'utf-16be' : 'utf-8')
    silent += bytes.length
    parser.write(decoder.decode(bytes, { stream: true }))
    if (silent > maxSilentBytes) throw fileTooLarge('Its XML has one piece that is too large.')
    yield
  }
  if (!decoder) return
  parser.write(decoder.decode())
  parser.close()
}

/** To the end, where nothing is handed on between. */
export async function parseWholeXml(source: AsyncIterable<Uint8Array>, events: XmlEvents): Promise<void> {
  for await (const _ of parseXml(source, events));
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

function attributesOf(attributes: Record<string, string>): XmlAttributes {
  const prefixed = (name: string) =>
    Object.entries(attributes).find(([key]) => key.includes(':') && localName(key) === name)?.[1]
  return { get: (name) => attributes[name] ?? prefixed(name), prefixed }
}
