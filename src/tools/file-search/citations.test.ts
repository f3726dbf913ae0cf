import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileSearchResult } from '../../contract/run-steps.ts'
import { citations } from './citations.ts'

const result = (file_name: string, text: string, more: Partial<FileSearchResult> = {}): FileSearchResult => ({
  file_id: `file-${file_name}`,
  file_name,
  score: 0.5,
  attributes: {},
  content: [{ type: 'text', text }],
  ...more,
})

/** Quotes a whole passage: the last one that contains a word of the statement, or else the first one. */
const quoteWhole = (passages: readonly string[], said: string) => {
  const found = passages.findLastIndex((text) => said.split(' ').some((word) => text.includes(word)))
  const passage = Math.max(found, 0)
  return { text: passages[passage] ?? '', passage, start: 0 }
}

test('a name may be shortened, decorated or left out, and is not that of another file', () => {
  const cite = citations(
    [[result('Leave_Policy-2024.pdf', 'a'), result('Travel policy.docx', 'b'), result('notes', 'c')]],
    quoteWhole,
  )
  const isTaken = (place: number, name: string) =>
    cite({ search: 0, result: place, name, before: '' }) !== undefined
  for (const name of [
    'Leave_Policy-2024.pdf',
    'leave policy 2024',
    'Leave_Policy-2024.pdf, page 3',
    'Leave_Pol….pdf',
    'Leave_Pol...pdf',
    'policy-2024.pdf',
    'source',
    '',
    'U.S. law',
    'section 3.2',
  ]) {
    assert.ok(isTaken(0, name), name)
  }
  for (const name of [
    'Travel policy.docx',
    'travel_policy',
    'notes',
    'made_up.txt',
    'Travel….docx',
    'other.pdf, page 3',
  ]) {
    assert.ok(!isTaken(0, name), name)
  }
  assert.ok(isTaken(2, 'notes'))
  assert.ok(!isTaken(2, 'Leave_Policy-2024.pdf'))
})

test('several results that were shown as one passage are quoted from as one, each with its own pages', () => {
  const pages = (page: number) => ({ page_start: page, page_end: page })
  const cite = citations(
    [
      [
        result('a.pdf', 'Mariam eats ramen.', { ...pages(1), joined: [1] }),
        result('a.pdf', 'Jonas eats bread.', pages(2)),
      ],
    ],
    quoteWhole,
  )
  const cited = (before: string) => {
    const { quote, page_start } =
      cite({ search: 0, result: 0, name: 'a.pdf', before }) ?? assert.fail('nothing is cited')
    return { quote, page_start }
  }
  assert.deepEqual(cited('Jonas likes it'), { quote: 'Jonas eats bread.', page_start: 2 })
  assert.deepEqual(cited('Mariam likes it'), { quote: 'Mariam eats ramen.', page_start: 1 })
})

test('a name is that of another file whichever search has found it, wherever it begins and however it ends', () => {
  const files = ['report.pdf', 'plan.md', 'a.txt', 'main.h', 'notes', 'README.markdown', 'Übersicht.pdf']
  const others = ['annual-report.pdf', 'Makefile', 'other.markdown']
  const cite = citations(
    [files.map((name) => result(name, 'a')), others.map((name) => result(name, 'b'))],
    quoteWhole,
  )
  const isTaken = (file: string, name: string) =>
    cite({ search: 0, result: files.indexOf(file), name, before: '' }) !== undefined
  const contradictions: [string, string][] = [
    ['report.pdf', 'annual-report.pdf'],
    ['report.pdf', 'annual-report.pdf, page 3'],
    ['report.pdf', 'annual_report'],
    ['report.pdf', 'quarterly-report.pdf'],
    ['report.pdf', 'report.pdf.zip'],
    ['plan.md', 'business-plan.pdf'],
    ['a.txt', 'salary.txt'],
    ['a.txt', 'data.txt'],
    ['main.h', 'main.c'],
    ['main.h', 'cities.geojson'],
    ['main.h', 'other.markdown'],
    ['main.h', 'unknown.markdown'],
    ['main.h', 'Makefile'],
    ['main.h', 'Makefile, line 3'],
    ['notes', 'Makefile'],
    ['Übersicht.pdf', 'sicht.pdf'],
  ]
  for (const [file, name] of contradictions) assert.ok(!isTaken(file, name), `${name} on ${file}`)
  const same: [string, string][] = [
    ['report.pdf', 'page 3 of report.pdf'],
    ['report.pdf', 'docs/report.pdf'],
    ['report.pdf', 'Source: report.pdf'],
    ['report.pdf', 'the yearly report'],
    ['notes', 'notes.txt'],
    ['README.markdown', 'readme'],
    ['main.h', 'main.h, line 3'],
    ['main.h', 'e.g. the U.S'],
    ['main.h', 'what a makefile is for'],
  ]
  for (const [file, name] of same) assert.ok(isTaken(file, name), `${name} on ${file}`)
})
