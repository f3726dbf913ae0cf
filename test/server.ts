import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import OpenAI from 'openai'
import type { Log } from '../src/common/log.ts'
import { start, type Server } from '../src/start/start.ts'
import { readConfig } from '../src/config/config.ts'
import type { OwnTool } from '../src/tools/own-tool.ts'
import { databaseOf, removeDatabaseOf } from './database.ts'
import { createPythonFixture } from './python.ts'
import { type PostgresSettings } from '../src/store/postgres/settings.ts'

export interface TestServer extends AsyncDisposable {
  server: Server
  url: string
  apiKey: string
  client: OpenAI
  dataDir: string
}

/**
 * A real server on a free port of loopback with its own data folder, and the official client for it. With a code
 * interpreter it has the data packages.
 */
export async function startTestServer(
  options: {
    models?: Record<string, LanguageModelV4>
    env?: Record<string, string>
    log?: Log
    /** Of the program that embeds the server. */
    tools?: OwnTool[]
    /** A database that others use as well; otherwise its own. */
    database?: PostgresSettings
    /** A folder that outlives this server; otherwise a new one that goes with it. */
    dataDir?: string
  } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const config = readConfig({
    THREADMILL_PORT: '0',
    THREADMILL_DATA_DIR: dataDir,
    THREADMILL_CODE_INTERPRETER: 'off',
    ...options.env,
  })
  const database = options.database ?? (await databaseOf(dataDir))
  if (config.codeInterpreter.engine !== 'off') await createPythonFixture(dataDir)
  const server = await start(
    { ...config, database, models: { ...config.models, discover: false } },
    { models: options.models, log: options.log, tools: options.tools },
  )
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: config.apiKey, maxRetries: 0 })
  return {
    server,
    url: server.url,
    apiKey: config.apiKey,
    client,
    dataDir,
    async [Symbol.asyncDispose]() {
      await server.close()
      if (options.dataDir) return
      rmSync(dataDir, { recursive: true, force: true })
      await removeDatabaseOf(dataDir)
    },
  }
}
