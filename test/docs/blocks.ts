import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

/** The pages that a person reads, by their path. */
export const pages = [
  'README.md',
  ...readdirSync(new URL('docs', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]

/** What a comment before a block says of it: `<!-- not run: it needs a GPU -->`. */
export interface Mark {
  kind: 'not run' | 'tested by' | 'output' | 'answer'
  /** A reason; `path › name` of a test; of an output nothing; of an answer its path. */
  text: string
}

/** A fenced block of a page. */
export interface Block {
  page: string
  /** Of the fence, from 1. */
  line: number
  /** In lower case; '' where the fence names none. */
  language: string
  text: string
  mark: Mark | undefined
}

const marked = /^<!-- (?:(not run|tested by|answer): (\S.*)|(output)) -->$/

/** The fenced blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const lines = readFileSync(new URL(page, root), 'utf8').split('\n')
  const blocks: Block[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', language = ''] = /^( *)```(\w*)/.exec(lines[at] ?? '') ?? []
    if (!/^ *```/.test(lines[at] ?? '')) continue
    const end = lines.findIndex((line, index) => index > at && line === `${indent}\`\`\``)
    const text = lines.slice(at + 1, end).map((line) => line.slice(indent.length))
    const before = lines
      .slice(0, at)
      .findLast((line) => line.trim() !== '')
      ?.trim()
    const [, kind, said = '', output] = marked.exec(before ?? '') ?? []
    const mark = { kind: kind ?? output, text: said } as Mark
    blocks.push({
      page,
      line: at + 1,
      language: language.toLowerCase(),
      text: `${text.join('\n')}\n`,
      mark: mark.kind === undefined ? undefined : mark,
    })
    at = end
  }
  return blocks
}

/** All of them, or those in one language. */
export const allBlocks = (language?: string): Block[] =>
  pages.flatMap(blocksOf).filter((block) => language === undefined || block.language === language)

/** `docs/models.md:12`, as an editor takes it. */
export const place = ({ page, line }: Block): string => `${page}:${line}`

/** Whether what a page quotes is in what was said; `…` stands for anything. */
export const fits = (quote: string, said: string): boolean =>
  new RegExp(
    quote
      .split('…')
      .map((part) => RegExp.escape(part))
      .join('.*'),
  ).test(said)
