import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { blocksOf } from './docs/blocks.ts'
import { createProject } from './embedding.ts'
import { startChildServer } from './sdks/child-server.ts'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

test('own-tool.ts throws the dice of the program, and is what the page of testing shows', async () => {
  using project = createProject()
  copyFileSync(at('examples/own-tool.ts'), join(project.folder, 'own-tool.ts'))
  const { stdout } = await project.run('node own-tool.ts')
  const [call = '', message, answer] = stdout.split('\n')
  assert.match(call, /"dice":{"arguments":"{\\"count\\":3}","output":"(\d+ ){3}"}/)
  assert.match(message ?? '', /"message_creation"/)
  const [, thrown = 'nothing'] = /"output":"([^"]*)"/.exec(call) ?? []
  assert.ok(answer?.includes(thrown.trim()), stdout)

  const example = readFileSync(at('examples/own-tool.ts'), 'utf8')
  const shown = blocksOf('docs/testing.md').filter(({ language }) => language === 'ts')
  assert.ok(shown.length > 0)
  for (const { text } of shown) assert.ok(example.includes(text), text)
})

// The examples written for Node, as their readers run them; `.ci/run` does the same with those in Python.
suite('the examples run unchanged against a server with the built-in demo model', async () => {
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
