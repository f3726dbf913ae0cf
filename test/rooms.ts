import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A part of `src/`, a folder or a file of it, and what it may import of the others. */
export interface Part {
  name: string
  mayImport: string[] | 'everything'
}

export interface Rooms {
  parts: Part[]
  /** Folders that every part may import. */
  shared: string[]
}

const root = new URL('..', import.meta.url)
const architecture = new URL('ARCHITECTURE.md', root)
const linter = new URL('.oxlintrc.json', root)

const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')

/** The table of ARCHITECTURE.md. */
export function readRooms(): Rooms {
  const lines = readFileSync(architecture, 'utf8').split('\n')
  const parts = lines.flatMap((line) => {
    const [, names, , imports] = line.split(/\s*\|\s*/)
    if (!names?.startsWith('`') || !imports) return []
    const mayImport = imports === 'everything' ? imports : quoted(imports)
    if (mayImport.length === 0 && imports !== 'nothing of ours')
      throw new Error(`what is "${imports}" in the table of ARCHITECTURE.md?`)
    return quoted(names).map((name): Part => ({ name, mayImport }))
  })
  const shared = lines.find((line) => line.includes('are for everybody')) ?? ''
  return { parts, shared: quoted(shared) }
}

/** The modules of Node that only one part may have, and why. */
export const reserved = [
  { module: 'node:sqlite', of: 'store/', message: 'SQL only in store/.' },
  {
    module: 'node:child_process',
    of: 'sandbox/',
    message: 'Other programs are started only in sandbox/.',
  },
]

/** What the linter is told of every part. */
export function lintRules({ parts, shared }: Rooms): object[] {
  const names = parts.map(({ name }) => name)
  const rule = (name: string, mayImport: string[]) => {
    const up = name.endsWith('/')
    const unless = mayImport.map((other) => `!${at(other, up)}`)
    const allowed = mayImport.length > 0 ? mayImport.join(', ') : 'nothing of ours'
    return {
      files: [`src/${name}${up ? '**' : ''}`],
      rules: {
        'no-restricted-imports': [
          'error',
          {
            paths: reserved
              .filter(({ of }) => of !== name)
              .map(({ module, message }) => ({ name: module, message })),
            patterns: [
              {
                group: [
                  ...names.filter((other) => other !== name).flatMap((other) => everyDepth(other, up)),
                  ...unless,
                  ...(up
                    ? mayImport.flatMap((other) => everyDepth(other, up).map((path) => `!${path}`))
                    : []),
                ],
                message: `${name} may import ${allowed} (ARCHITECTURE.md).`,
              },
            ],
          },
        ],
      },
    }
  }
  return [
    ...parts.flatMap(({ name, mayImport }) => (mayImport === 'everything' ? [] : [rule(name, mayImport)])),
    ...shared.map((name) => rule(name, [])),
  ]
}

/** How a file of `src/`, or of a folder of it (`up`), names another part. */
const at = (name: string, up: boolean) => `${up ? '../' : './'}${name}${name.endsWith('/') ? '**' : ''}`
const everyDepth = (name: string, up: boolean) =>
  up ? ['', '../', '../../', '../../../'].map((above) => `${above}${at(name, true)}`) : [at(name, false)]

interface LinterConfig {
  overrides: { files: string[]; rules: Record<string, unknown> }[]
}

export const readLinter = (): LinterConfig => JSON.parse(readFileSync(linter, 'utf8'))

const isOfRooms = ({ files, rules }: LinterConfig['overrides'][number]) =>
  files.every((path) => path.startsWith('src/')) && Array.isArray(rules['no-restricted-imports'])

export const roomsOf = ({ overrides }: LinterConfig) => overrides.filter(isOfRooms)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const config = readLinter()
  const others = config.overrides.filter((override) => !isOfRooms(override))
  writeFileSync(
    linter,
    `${JSON.stringify({ ...config, overrides: [...lintRules(readRooms()), ...others] }, undefined, 2)}\n`,
  )
}
