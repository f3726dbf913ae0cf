import type { Config } from '../config/config.ts'
import { parseFilesUrl, placeOf } from '../store/blobs/files-url.ts'
import { namesOfPackages } from '../sandbox/data-packages.ts'
import { bringsInWords, describeExtras, searchInWords } from '../sandbox/describe-extras.ts'
import type { SandboxStatus } from '../sandbox/start-sandboxes.ts'

export interface Started {
  url: string
  /** Whether stdout is a terminal, so that only the person in front of it reads what is shown. */
  isTerminal: boolean
  /** The command with which the program was called, for the hints in the banner. */
  program: string
  models: string[]
  /** Undefined until the sandbox is chosen. */
  sandbox: SandboxStatus | undefined
}

/**
 * The block that is shown at the start. The API key is shown on a terminal only, so that it gets into no journal. The
 * exception is the start that made the key, because its owner has not seen it yet.
 */
export function banner(config: Config, started: Started): string {
  const { url, models, sandbox, isTerminal, program } = started
  const { apiKeyFrom, apiKey, dataDir, filesUrl } = config
  const shown = apiKeyFrom === 'made' || (apiKeyFrom === 'file' && isTerminal)
  const place = apiKeyFrom === 'environment' ? 'the one in THREADMILL_API_KEY' : `in ${dataDir}/api-key`
  const more = sandbox ? brings(config, sandbox, program) : ''
  const rows = [
    [
      'Console',
      [shown ? `${url}/#key=${encodeURIComponent(apiKey)}` : `${url}/  ("${program} open" signs in)`],
    ],
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

/** For a sandbox that was chosen only after the banner was shown. */
export function lateSandbox(config: Config, status: SandboxStatus, program: string): string {
  const more = brings(config, status, program)
  return `${row('Code interpreter', sandboxLines(status))}\n${more && `\n  ${more}\n`}`
}

/** How model-written code is confined, and which packages it can use. */
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

/** A sentence with the one command that installs what is missing. Empty when nothing is missing. */
function brings(config: Config, { packages }: SandboxStatus, program: string): string {
  const { missing } = extrasOf(config, packages)
  const words = bringsInWords(missing, `${program} setup`)
  return words && `${words}.`
}

const extrasOf = (
  { dataDir, search, codeInterpreter }: Config,
  packages?: Readonly<Record<string, string>>,
) => describeExtras({ dataDir, embedding: search.embedding, engine: codeInterpreter.engine, packages })
