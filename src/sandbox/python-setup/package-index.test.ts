import assert from 'node:assert/strict'
import { test } from 'node:test'
import { indexIn } from './package-index.ts'

test('the index of pip is that of its variable, then of its command, then of all commands', () => {
  const all = "global.index-url='https://a.example/simple'\nglobal.timeout='3'\n"
  assert.equal(indexIn(all), 'https://a.example/simple')
  const own = `${all}install.index-url='https://b.example/simple'\n`
  assert.equal(indexIn(own), 'https://b.example/simple')
  assert.equal(indexIn(`${own}:env:.index-url='https://c.example/simple'\n`), 'https://c.example/simple')
  assert.equal(indexIn("global.extra-index-url='https://d.example/simple'\n"), undefined)
  assert.equal(indexIn(''), undefined)
})
