import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scripted, type ScriptedTurn } from '../src/models/scripted.ts'
import type { Log } from '../src/common/log.ts'
import { streamRun } from './runs.ts'
import { startTestServer, type TestServer } from './server.ts'

/** A turn of a scripted model that runs a program. */
export const code = (program: string): ScriptedTurn => ({
  toolCalls: [{ name: 'code_interpreter', arguments: { code: program } }],
})

/** A program that shows a picture of 2 x 3 points without any library. */
export const picture = `
import struct, zlib
class Picture:
    def _repr_png_(self):
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        rows = (b"\\x00" + b"\\xff\\x00\\x00" * 2) * 3
        return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 3, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
Picture()
`

export type CodeServer = Awaited<ReturnType<typeof startCodeServer>>

/**
 * A server with a code interpreter, ready. Its model `scripted` plays the turns of the assistant that asks, by the
 * first line of the instructions. `settings` is `code_interpreter` of the config file.
 */
export async function startCodeServer({
  settings = {},
  dataDir,
  env = {},
  log,
}: { settings?: Record<string, unknown>; dataDir?: string; env?: Record<string, string>; log?: Log } = {}) {
  const scripts = new Map<string, ScriptedTurn[]>()
  const told: string[] = []
  const systems: string[] = []
  const model = scripted((prompt) => {
    const [first] = prompt
    const system = first?.role === 'system' ? first.content : ''
    systems.push(system)
    const last = prompt.at(-1)
    if (last?.role === 'tool') {
      for (const part of last.content) {
        if (part.type === 'tool-result' && part.output.type === 'text') told.push(part.output.value)
      }
    }
    const turn = scripts.get(system.split('\n')[0] ?? '')?.shift()
    if (!turn) throw new Error('the script is over')
    return turn
  })
  const config = join(tmpdir(), `threadmill-test-${randomUUID()}.json`)
  writeFileSync(config, JSON.stringify({ code_interpreter: settings }))
  let server: TestServer
  try {
    server = await startTestServer({
      models: { scripted: model },
      env: { THREADMILL_CODE_INTERPRETER: 'auto', THREADMILL_CONFIG: config, ...env },
      ...(dataDir !== undefined && { dataDir }),
      ...(log && { log }),
    })
  } finally {
    rmSync(config)
  }
  await server.server.sandbox
  return {
    ...server,
    /** What the model was told of its calls, and the system texts that it got, in order. */
    told,
    systems,
    /** Lets the model play these turns for whoever has these instructions. */
    script: (name: string, turns: ScriptedTurn[]) => void scripts.set(name, turns),
    createFixture(name: string, turns: ScriptedTurn[], of: FixtureOptions = {}) {
      scripts.set(name, turns)
      return createFixture(server, name, of)
    },
    upload: (name: string, content: string | Uint8Array<ArrayBuffer>) =>
      server.client.files.create({ file: new File([content], name), purpose: 'assistants' }),
  }
}

interface FixtureOptions {
  /** Of the assistant. */
  file_ids?: string[]
  /** A thread that is there already. */
  threadId?: string
}

/** An assistant of those instructions, with the tool, and a thread for it. */
async function createFixture(
  { client, url, apiKey }: TestServer,
  instructions: string,
  { file_ids = [], threadId }: FixtureOptions,
) {
  const { threads, assistants } = client.beta
  const assistant = await assistants.create({
    model: 'scripted',
    instructions,
    tools: [{ type: 'code_interpreter' }],
    tool_resources: { code_interpreter: { file_ids } },
  })
  const thread =
    threadId === undefined
      ? await threads.create({ messages: [{ role: 'user', content: 'Go' }] })
      : await threads.retrieve(threadId)
  return {
    assistant,
    thread,
    run: () => threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id }, { pollIntervalMs: 20 }),
    stream: () => streamRun({ url, apiKey }, thread.id, { assistant_id: assistant.id }),
    async calls(runId: string) {
      const steps = await threads.runs.steps.list(runId, { thread_id: thread.id, order: 'asc' })
      return steps.data.flatMap(({ step_details }) =>
        step_details.type === 'tool_calls'
          ? step_details.tool_calls.flatMap((call) =>
              call.type === 'code_interpreter' ? call.code_interpreter : [],
            )
          : [],
      )
    },
    async answer() {
      const [message] = (await threads.messages.list(thread.id)).data
      assert.ok(message)
      return message
    },
  }
}
