import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { onPath } from '../native/interpreter.ts'
import { findPythonWithPip, type BasePython } from './base-python.ts'
import { NotInIndex, SetupFailure } from './setup-failure.ts'

/** Makes environments and installs packages into them. Both methods throw SetupFailure. */
export interface Installer {
  makeEnvironment(folder: string): Promise<void>
  /** Installs exactly what the file names, with the hashes that it gives. Nothing is compiled. */
  install(folder: string, requirements: string): Promise<void>
}

export interface InstallerOptions {
  /** The default is `uv` when it is installed, else `pip`. */
  kind?: 'uv' | 'pip'
  /** The address of a package index. The default is the configuration of uv or pip. */
  mirror?: string
}

/** Throws SetupFailure when there is neither uv nor what pip needs. */
export async function findInstaller(
  base: BasePython,
  { kind, mirror }: InstallerOptions,
): Promise<Installer> {
  const uv = kind === 'pip' ? undefined : await onPath('uv')
  const index = mirror === undefined ? [] : ['--index-url', mirror]
  const safely = ['--no-deps', '--require-hashes', '--only-binary', ':all:', ...index, '--requirement']
  if (uv !== undefined) {
    const pip = (folder: string) => [uv, 'pip', 'install', '--quiet', '--python', `${folder}/bin/python3`]
    return {
      makeEnvironment: (folder) => run([uv, 'venv', '--no-project', '--python', base.path, folder]),
      install: (folder, requirements) => run([...pip(folder), '--compile-bytecode', ...safely, requirements]),
    }
  }
  if (kind === 'uv') throw new SetupFailure('uv is not installed')
  // This is much faster than a new pip in the environment, and the only way when the base has no pip.
  const other = await findPythonWithPip()
  if (other) {
    return {
      async makeEnvironment(folder) {
        if (!base.hasVenv) throw cannotMake(base)
        await run([base.path, '-I', '-m', 'venv', '--without-pip', folder])
      },
      install: (folder, requirements) =>
        runPip(
          [other.path, '--python', `${folder}/bin/python3`],
          'install',
          [...safely, requirements],
          mirror,
        ),
    }
  }
  return {
    makeEnvironment: (folder) => makeVenv(base, folder),
    install: (folder, requirements) =>
      runPip([`${folder}/bin/python3`], 'install', [...safely, requirements], mirror),
  }
}

/**
 * Downloads the pure wheels that `requirements.txt` in a folder names into that folder, for any Python. When pip is not
 * installed, an environment with pip is left in `environment`. Throws SetupFailure.
 */
export async function downloadPure(
  base: BasePython,
  environment: string,
  folder: string,
  mirror: string | undefined,
): Promise<void> {
  if (!base.hasPip) await makeVenv(base, environment)
  const pure = ['--platform', 'any', '--implementation', 'py', '--abi', 'none', '--python-version', '3.14']
  const index = mirror === undefined ? [] : ['--index-url', mirror]
  const safely = ['--no-deps', '--require-hashes', '--only-binary', ':all:', ...index]
  const named = ['--dest', folder, '--requirement', `${folder}/requirements.txt`]
  await runPip(
    [base.hasPip ? base.path : `${environment}/bin/python3`],
    'download',
    [...pure, ...safely, ...named],
    mirror,
  )
}

async function makeVenv(base: BasePython, folder: string): Promise<void> {
  if (!base.hasVenv || !base.hasEnsurepip) throw cannotMake(base)
  await run([base.path, '-I', '-m', 'venv', folder])
}

function cannotMake({ path, version }: BasePython): SetupFailure {
  const minor = version.split('.').slice(0, 2).join('.')
  return new SetupFailure(
    `${path} cannot make environments: install python3-venv (Debian: apt-get install python${minor}-venv) or uv, and run this again`,
  )
}

/** `python` is the program, with the options that come before the command of pip. */
async function runPip(
  [python, ...options]: [string, ...string[]],
  command: 'install' | 'download',
  args: string[],
  mirror: string | undefined,
): Promise<void> {
  // A mirror without TLS can be trusted, because the hashes of the files are known.
  const trusted = mirror?.startsWith('http:') ? ['--trusted-host', new URL(mirror).host] : []
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off']
  await run([python, '-I', '-m', 'pip', ...options, command, ...quiet, ...trusted, ...args])
}

/**
 * Runs with the environment of the caller, which may name a proxy or a mirror. Other users can read the files that are
 * made, whatever the umask of the caller is.
 */
async function run(command: string[]): Promise<void> {
  const child = spawn('/bin/sh', ['-c', 'umask 022 && exec "$@"', 'sh', ...command], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  // The command must not continue in a folder that the next command takes over.
  const end = () => void child.kill()
  process.once('exit', end)
  const [said, code] = await Promise.all([
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', resolve)
    }),
  ]).finally(() => process.off('exit', end))
  if (code !== 0) throw failureOf(said)
}

/** When pip may try only once, it prints the same for an index that does not answer. */
const unknown = /from versions: none|not found in the package registry/i
const missing = /no usable wheels|no matching distribution|no wheels/i

/** What uv and pip print for common failures, and the message for the user. */
const failures: [RegExp, string][] = [
  [/DO NOT MATCH THE HASHES|hash mismatch/i, 'a package is not the file that was expected (sha256)'],
  [/no space left|os error 28/i, 'the disk is full'],
  [
    /permission denied|os error 13/i,
    'a folder into which the installer writes is closed to the user that runs this: let that user write it (chown, chmod)',
  ],
  [
    /certificate_verify_failed|invalid peer certificate/i,
    'the certificate of the package index is not trusted; where a proxy puts its own in the place, PIP_CERT (pip) or SSL_CERT_FILE (uv) names the file of its authority',
  ],
  [
    /ProxyError|tunnel (error|connection failed)/i,
    'the proxy that HTTPS_PROXY or the configuration of pip names cannot be reached, or refuses the connection',
  ],
  [
    /connection (error|refused|reset)|failed to (establish|fetch)|dns error|name resolution|timed out|Retry\(total/i,
    'the package index cannot be reached; THREADMILL_PYPI_MIRROR can name another one',
  ],
  [
    unknown,
    'the package index does not have it, or cannot be reached; THREADMILL_PYPI_MIRROR can name another one',
  ],
  [missing, 'the package index has no built package of it for this machine'],
]

function failureOf(said: string): SetupFailure {
  const [pattern, known = 'the installation failed'] = failures.find(([one]) => one.test(said)) ?? []
  return new (pattern === missing || pattern === unknown ? NotInIndex : SetupFailure)(
    `${known}:\n${lastOf(said)}`,
  )
}

const longestLine = 300

/** The last lines, cut to a length that can be read. Of the tries that pip repeats only the last one says anything new. */
function lastOf(said: string): string {
  const lines = said.trim().split('\n')
  const isTry = (line: string) => line.startsWith('WARNING: Retrying')
  const lastTry = lines.findLastIndex(isTry)
  return lines
    .filter((line, at) => at === lastTry || !isTry(line))
    .slice(-6)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}…` : line))
    .join('\n')
}
