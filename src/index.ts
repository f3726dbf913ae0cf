/// <reference lib="esnext.disposable" preserve="true" />
import { CannotStart, ConfigError } from './errors/errors.ts'
import type { Server } from './start/start.ts'
import type { StartOptions } from './start/options.ts'
import type { StartSettings } from './config/start-settings.ts'
import type { OwnTool, OwnToolCall } from './tools/own-tool.ts'

// The exports of the package. All other modules are imported when a server starts, so that a Node that is too old to
// read them can say so.

export { CannotStart, ConfigError }
export type { OwnTool, OwnToolCall, Server, StartOptions, StartSettings }

/**
 * Starts a server in this process and resolves when it listens. Everything is optional. By default the server listens on
 * a free port of loopback, makes an empty folder that is removed when it closes, makes a key, and has the built-in model
 * `demo`.
 *
 *     await using server = await start({}, { models: { scripted: scripted([{ text: 'Hi' }]) } })
 *     const client = new OpenAI({ baseURL: server.baseURL, apiKey: server.apiKey })
 *
 * Rejects with a ConfigError for an invalid setting. Rejects with a CannotStart when something prevents the start, such
 * as a port in use, a folder that cannot be used, or a Node that is too old; its `code` is that of the system error.
 */
export async function start(settings: StartSettings = {}, options: StartOptions = {}): Promise<Server> {
  refuseOldNode()
  const server = await import('./start/start.ts')
  try {
    return await server.start(settings, options)
  } catch (error) {
    throw inWordsOfStart(error)
  }
}

function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 24 || (major === 24 && minor < 12))
    throw new CannotStart(`Threadmill needs Node 24.12 or newer; this is ${process.versions.node}.`)
}

/** What the program calls its variables and options, and what they are as settings of `start`. */
const settingOf: Record<string, string> = {
  HOST: 'host',
  PORT: 'port',
  DATA_DIR: 'dataDir',
  FILES_URL: 'filesUrl',
  API_KEY: 'apiKey',
}

function inWordsOfStart(error: unknown): unknown {
  const translate = (text: string) =>
    text.replace(
      /THREADMILL_(HOST|PORT|DATA_DIR|FILES_URL|API_KEY)( or --[a-z-]+)?/g,
      (_, name: string) => settingOf[name]!,
    )
  if (error instanceof ConfigError) return new ConfigError(error.problems.map(translate))
  if (error instanceof CannotStart) error.message = translate(error.message)
  return error
}
