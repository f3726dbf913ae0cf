import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { events, objects, operations } from './surface.ts'

interface Row {
  section: string
  /** Of the row in bold that this one stands below; its own when it is in bold itself. */
  owner: string
  names: string[]
  answer: string
  how: string
}

const root = new URL('..', import.meta.url)

function readRows(): Row[] {
  const rows: Row[] = []
  let section = ''
  let owner = ''
  for (const line of readFileSync(new URL('COMPATIBILITY.md', root), 'utf8').split('\n')) {
    if (line.startsWith('## ')) [section, owner] = [line.slice(3), '']
    const [, what, answer, how] = line.split(/\s*\|\s*/)
    if (what === undefined || !answer || !how || what === 'What' || answer.startsWith('---')) continue
    const names = [...what.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')
    if (what.startsWith('**')) owner = names[0] ?? ''
    rows.push({ section, owner, names, answer, how })
  }
  return rows
}

const rows = readRows()
const named = (owner: string, name: string) =>
  rows.some((row) => row.owner === owner && row.names.includes(name) && row.names[0] !== owner)

test('every operation of the surface, with its parameters, is in COMPATIBILITY.md', () => {
  const missing = []
  for (const { method, path, query, body } of operations) {
    const owner = `${method} ${path}`
    if (!rows.some((row) => row.names[0] === owner)) missing.push(owner)
    for (const name of `${query ?? ''} ${body ?? ''}`.split(' ').filter(Boolean)) {
      if (!named(owner, name)) missing.push(`${owner}: ${name}`)
    }
  }
  assert.deepEqual(missing, [])
})

test('every field of every object is in COMPATIBILITY.md', () => {
  const missing = Object.entries(objects).flatMap(([object, fields]) =>
    fields.split(' ').flatMap((field) => (named(object, field) ? [] : [`${object}.${field}`])),
  )
  assert.deepEqual(missing, [])
})

test('every event of a stream is in COMPATIBILITY.md', () => {
  const known = rows.filter((row) => row.section === 'Events of a stream').flatMap((row) => row.names)
  assert.deepEqual(
    events.filter((event) => !known.includes(event)),
    [],
  )
})

test('every test that COMPATIBILITY.md names is there', () => {
  const missing = []
  for (const { how, answer, names } of rows) {
    const tests = [...how.matchAll(/(?:^| · )([\w/-]+) › ([^·]+?)(?=$| · )/g)]
    if (answer === 'yes' && tests.length === 0) missing.push(`no test for ${names.join(' ')}`)
    if (!['yes', 'no', 'differs'].includes(answer)) missing.push(`what is "${answer}"?`)
    for (const [, key = '', name = ''] of tests) {
      const file = [`test/api/${key}.test.ts`, `src/${key}.test.ts`]
        .map((path) => new URL(path, root))
        .find((url) => existsSync(url))
      const source = file ? readFileSync(file, 'utf8') : ''
      // Names of tests stand in quotes, alone or at the end of a template.
      const found = [`'${name}'`, `"${name}"`, `${name}\``, `${name.replaceAll("'", "\\'")}'`].some((text) =>
        source.includes(text),
      )
      if (!found) missing.push(`${key} › ${name}`)
    }
  }
  assert.deepEqual(missing, [])
})
