import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toMessageItem } from './message-items.ts'

/** A message of the assistant whose text has these markers, as an item. */
function itemOf(value: string, ...markers: string[]) {
  const characters = (text: string) => Array.from(text).length
  const annotations = markers.map((text) => {
    const start_index = characters(value.slice(0, value.indexOf(text)))
    return {
      type: 'file_citation' as const,
      text,
      start_index,
      end_index: start_index + characters(text),
      file_citation: { file_id: 'file-1' },
    }
  })
  const body = {
    created_at: 0,
    assistant_id: null,
    status: 'completed' as const,
    incomplete_details: null,
    incomplete_at: null,
    completed_at: 0,
    role: 'assistant' as const,
    content: [{ type: 'text' as const, text: { value, annotations } }],
    attachments: [],
    metadata: {},
  }
  const [part] = toMessageItem({ id: 'msg_1', body }).content
  assert.ok(part?.type === 'output_text')
  const places = part.annotations.map((note) => (note as { index: number }).index)
  return [part.text, ...places]
}

const [one, two] = ['【0:0†a.txt】', '【0:1†b.txt】']

for (const [value, markers, expected] of [
  [`Blue ${one}.`, [one], ['Blue.', 4]],
  [`Blue${one}. Red.`, [one], ['Blue. Red.', 4]],
  [`Blue ${one} ${two}.`, [one, two], ['Blue.', 4, 4]],
  [`Blue \t${one} and red ${two}`, [one, two], ['Blue and red', 4, 12]],
  [`Blue ${one}and red.`, [one], ['Blue and red.', 4]],
  [`Blue 🌍 ${one}, red ${two}.`, [one, two], ['Blue 🌍, red.', 6, 11]],
  [`${one} Blue.`, [one], [' Blue.', 0]],
] as const)
  test(`the item of ${JSON.stringify(value)} has neither the marker nor the space before it`, () => {
    assert.deepEqual(itemOf(value, ...markers), expected)
  })
