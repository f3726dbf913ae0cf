import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Annotation } from '../contract/messages.ts'
import {
  citationMarker,
  markersIn,
  renamedMarker,
  unfinishedMarker,
  withoutCitations,
  withoutMarkers,
} from './citation-marker.ts'

test('what is made is found again, with its place', () => {
  const text = `One${citationMarker(0, 2, 'a b.pdf')} two${citationMarker(13, 0, '')}.`
  assert.deepEqual(markersIn(text), [
    { index: 3, text: '【0:2†a b.pdf】', search: 0, result: 2, name: 'a b.pdf' },
    { index: text.length - 8, text: '【13:0†】', search: 13, result: 0, name: '' },
  ])
  assert.equal(withoutMarkers(text), 'One two.')
})

test('what only looks like a marker is text', () => {
  for (const text of [
    'plain',
    '【1】',
    '【a:b†c】',
    '【1:2†c',
    '【1234567:0†c】',
    `【0:0†${'x'.repeat(301)}】`,
  ]) {
    assert.deepEqual(markersIn(text), [], text)
    assert.equal(withoutMarkers(text), text)
  }
})

test('the beginning of a marker is held back while it may become one', () => {
  const whole = `a ${citationMarker(0, 1, 'f.txt')}`
  for (let end = 3; end < whole.length; end++) {
    assert.equal(unfinishedMarker(whole.slice(0, end)), end - 2)
  }
  assert.equal(unfinishedMarker(whole), 0)
  assert.equal(unfinishedMarker('a'), 0)
  assert.equal(unfinishedMarker(`【${'x'.repeat(400)}`), 0)
})

test('another name leaves the numbers as the model wrote them', () => {
  const [found] = markersIn('【00:2†source】')
  assert(found)
  assert.equal(renamedMarker(found, 'report.pdf'), '【00:2†report.pdf】')
})

test('a text without its citations keeps its links to files', () => {
  const annotations = [
    {
      type: 'file_citation',
      text: '【0:0†a.txt】',
      start_index: 3,
      end_index: 12,
      file_citation: { file_id: 'f' },
    },
    {
      type: 'file_path',
      text: 'sandbox:/mnt/data/b',
      start_index: 0,
      end_index: 3,
      file_path: { file_id: 'g' },
    },
  ] satisfies Annotation[]
  assert.equal(
    withoutCitations('One【0:0†a.txt】 sandbox:/mnt/data/b', annotations),
    'One sandbox:/mnt/data/b',
  )
})
