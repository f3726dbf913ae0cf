import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startChildServer } from './sdks/child-server.ts'

// The examples written for Node, as their readers run them; `.ci/run` does the same with those in Python.
suite('the examples run unchanged against a server with the built-in demo model', async () => {
  const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
  const server = await startChildServer([process.execPath, at('src/main.ts')])
  after(() => server[Symbol.asyncDispose]())

  /** Only the two variables tell the program where it talks to. */
  async function run(example: string, ...parameters: string[]): Promise<string> {
    const { PATH } = process.env
    const env = { PATH, ...server.client }
    const { stdout } = await promisify(execFile)(process.execPath, [at(example), ...parameters], { env })
    return stdout
  }

  test('math-tutor.mjs prints the solution of the equation', async () => {
    assert.match(await run('examples/math-tutor.mjs'), /\bx = 1\b/)
  })

  test('streaming.mjs shows the program, what it prints, and the answer', async () => {
    const shown = await run('examples/streaming.mjs', 'What is 12 * 31 + 5?')
    assert.match(shown, /^--- program\n[^]*print[^]*--- prints\n377\n--- answer\n.*\b377\b.*\n$/)
  })
})
