import type { Config } from './config.ts'
import { parseFilesUrl, placeOf } from './store/files-url.ts'
import { namesOfPackages } from './sandbox/data-packages.ts'
import { bringsInWords, describeExtras, searchInWords } from './sandbox/describe-extras.ts'
import type { SandboxStatus } from './sandbox/start-sandboxes.ts'

export interface Started {
  url: string
  /** Whether stdout is a terminal: what it shows is for the person before it alone. */
  isTerminal: boolean
  /** How the program is called here. */
  program: string
  models: string[]
  /** Undefined while it is not known. */
  sandbox: SandboxStatus | undefined
}

/** What somebody needs to see at the start: one block. The key goes into no journal, but for the first start. */
export function banner(config: Config, started: Started): string {
  const { url, models, sandbox, isTerminal, program } = started
  const { apiKeyFrom, apiKey, dataDir, filesUrl } = config
  const shown = apiKeyFrom === 'made' || (apiKeyFrom === 'file' && isTerminal)
  const place = apiKeyFrom === 'environment' ? 'the one in THREADMILL_API_KEY' : `in ${dataDir}/api-key`
  const more = sandbox ? brings(config, sandbox, program) : ''
  const rows = [
    ['Key', [shown ? apiKey : place]],
    ['Data', [dataDir]],
    ...(filesUrl === '' ? [] : [['Files', [placeOf(parseFilesUrl(filesUrl).location)]] as const]),
    ['Models', models],
    ['File search', [searchInWords(extrasOf(config).search)]],
    [
      'Code interpreter',
      sandbox ? sandboxLines(sandbox) : ['is being tried out; told below when it is known'],
    ],
  ] as const
  return `
Threadmill  ${url}

${rows.map(([name, texts]) => row(name, texts)).join('\n')}
${more && `\n  ${more}\n`}
Two lines change in an existing client, or two variables around it:

  base_url="${url}/v1"    OPENAI_BASE_URL
  api_key="${shown ? apiKey : '...'}"    OPENAI_API_KEY
`
}

const row = (name: string, lines: readonly string[]) =>
  `  ${name.padEnd(18)}${lines.join(`\n${' '.repeat(20)}`)}`

/** For a sandbox that was chosen when the banner was already there. */
export function lateSandbox(config: Config, status: SandboxStatus, program: string): string {
  const more = brings(config, status, program)
  return `${row('Code interpreter', sandboxLines(status))}\n${more && `\n  ${more}\n`}`
}

/** How model-written code is confined, and what it finds. */
function sandboxLines(status: SandboxStatus): string[] {
  const { state, id, isolation, reason, packages, warning } = status
  if (state !== 'ready') return [`none: ${reason ?? 'unknown reason'}`]
  const there = namesOfPackages(packages)
  const some = there.slice(0, 4).join(', ')
  const rest = there.length > 4 ? ` and ${there.length - 4} more` : ''
  return [
    `${id} (${isolation}), ${there.length > 0 ? `with ${some}${rest}` : 'without data packages'}`,
    ...(warning === undefined ? [] : `WARNING: ${warning}`.split('\n')),
  ]
}

/** The one command that brings what is missing, or ''. */
function brings(config: Config, { packages }: SandboxStatus, program: string): string {
  const { missing } = extrasOf(config, packages)
  const words = bringsInWords(missing, `${program} setup`)
  return words && `${words}.`
}

const extrasOf = (
  { dataDir, search, codeInterpreter }: Config,
  packages?: Readonly<Record<string, string>>,
) => describeExtras({ dataDir, embedding: search.embedding, engine: codeInterpreter.engine, packages })
