import { SaxesParser } from 'saxes'
import { fileTooLarge, unreadable } from './failures.ts'

/** The names of elements have no prefix, because programs may choose any prefix. */
export interface XmlEvents {
  open?(name: string, attributes: XmlAttributes): void
  text?(text: string): void
  close?(name: string): void
}

export interface XmlAttributes {
  /** The attribute with this name and any prefix. One without a prefix is preferred. */
  get(name: string): string | undefined
  /** The attribute with this name and a prefix, such as `r:id` when there is also `id`. */
  prefixed(name: string): string | undefined
}

const maxDepth = 2000
/** The maximum size of text or attributes that the parser collects before it emits an event. */
const maxSilentBytes = 32 * 2 ** 20

/**
 * Reads XML and yields after each piece of the source, so that the caller can pass on its results. Entity declarations
 * are refused. No supported format needs them, and with them a small file could expand to gigabytes.
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

/** Reads XML to the end, when no results are passed on in between. */
export async function parseWholeXml(source: AsyncIterable<Uint8Array>, events: XmlEvents): Promise<void> {
  for await (const _ of parseXml(source, events));
}

const localName = (name: string) => name.slice(name.indexOf(':') + 1)

function attributesOf(attributes: Record<string, string>): XmlAttributes {
  const prefixed = (name: string) =>
    Object.entries(attributes).find(([key]) => key.includes(':') && localName(key) === name)?.[1]
  return { get: (name) => attributes[name] ?? prefixed(name), prefixed }
}
