#!/usr/bin/env node
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { CannotStart } from './errors.ts'
import { describeError, logTo } from './log.ts'
import { commands, isCommand, isOfBackups, runCommand } from './commands/run-command.ts'
import { ConfigError, readConfig, settings, type Config } from './config.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 12)) {
  console.error(`Threadmill needs Node 24.12 or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

const help = `threadmill - the Assistants API as a service that you own

Usage: threadmill [--help | --version]
${commands}

Settings, from the environment:
${settings.map(({ name, fallback, help }) => `  ${name.padEnd(28)} ${help}${fallback && ` (${fallback})`}`).join('\n')}

Model providers are found by their usual variables: OPENAI_API_KEY, OPENAI_BASE_URL, ANTHROPIC_API_KEY,
GOOGLE_GENERATIVE_AI_API_KEY, MISTRAL_API_KEY, OLLAMA_HOST.
`

const args = process.argv.slice(2)
const [argument] = args
if (argument === '--help' || argument === '-h') {
  console.log(help)
} else if (argument === '--version') {
  const { default: manifest } = await import('../package.json', { with: { type: 'json' } })
  console.log(manifest.version)
} else if (argument !== undefined && !isCommand(args)) {
  console.error(`threadmill: unknown argument '${argument}'\n\n${help}`)
  process.exitCode = 2
} else {
  const settled = config()
  if (!settled) process.exit(1)
  if (isCommand(args)) process.exitCode = await runCommand(args, settled, process.stdout)
  else await serve(settled)
}

/** The settings, or undefined when they are wrong, which is said. */
function config(): Config | undefined {
  try {
    return readConfig(process.env, { makeKey: !isOfBackups(args) })
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const problems = error.problems.map((problem) => `  - ${problem}`).join('\n')
    console.error(`threadmill cannot start:\n${problems}`)
    return undefined
  }
}

/** In milliseconds. */
const lastWords = 500

async function serve(config: Config): Promise<void> {
  // A third less time until a server that was started before is back. The folder is the owner's alone, unlike Node's own.
  enableCompileCache(join(config.dataDir, 'cache', 'compiled'))
  const { start } = await import('./start.ts')
  const { banner, sandboxLine } = await import('./banner.ts')
  try {
    const server = await start(config, { log: logTo(process.stderr) })
    const stop = () => {
      server.close().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    }
    // A moment for streams and answers to say so. Whoever looks after the process starts it again.
    void server.failed.then(() => setTimeout(() => process.exit(1), lastWords))
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
    // At once, since a server that is killed would never write it.
    flushCompileCache()
    console.log(banner(config, server.url, await server.models()))
    void server.sandbox.then((status) => console.log(sandboxLine(status)))
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE') {
      console.error('threadmill cannot start: the address is in use; set THREADMILL_PORT to another port')
    } else if (error instanceof CannotStart) {
      console.error(`threadmill cannot start: ${error.message}`)
    } else if ((error as Error).name === 'StartFailure') {
      console.error(`threadmill cannot start: ${(error as Error).message}`)
    } else {
      console.error(`threadmill cannot start: ${JSON.stringify(describeError(error))}`)
    }
    process.exit(1)
  }
}
