import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeFolder } from './write-folder.ts'

test('installations at several places share a folder, and one with other contents has its own', async () => {
  const root = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  try {
    const parent = join(root, 'cache')
    mkdirSync(parent)
    const texts = new Map([['main.py', 'print(1)']])
    const installed = (place: string, content: string) => {
      const from = join(root, `${place}.wasm`)
      writeFileSync(from, content)
      return new Map([['runtime.wasm', { from, mode: 0o444 }]])
    }
    const first = await writeFolder(parent, 'runtime', { texts, copies: installed('here', 'same') })
    const second = await writeFolder(parent, 'runtime', { texts, copies: installed('there', 'same') })
    assert.equal(second, first)
    const other = await writeFolder(parent, 'runtime', { texts, copies: installed('there', 'longer') })
    assert.notEqual(other, first)
    assert.equal(readFileSync(join(other, 'runtime.wasm'), 'utf8'), 'longer')
    assert.equal(readdirSync(parent).length, 2)
  } finally {
    rmSync(root, { recursive: true })
  }
})
