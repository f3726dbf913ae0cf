import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { pdf } from '../../src/search/extract/made-files.test.ts'
import { executeSql } from '../runs.ts'
import {
  foods,
  travel,
  search,
  markers,
  startSearchServer,
  type SearchServer,
} from './file-search-fixture.ts'

let server: SearchServer
before(async () => (server = await startSearchServer()))
after(() => server[Symbol.asyncDispose]())

const quoteOf = (annotation: OpenAI.Beta.Threads.Annotation | undefined) =>
  annotation?.type === 'file_citation' ? (annotation.file_citation as { quote?: string }).quote : undefined

/** Pages that share a long header, each with a fact of its own; the answer cites whatever passage was found. */
const headed = (numbers: number[]) =>
  pdf(
    Array.from({ length: 10 }, (_, at) => {
      const page = at + 1
      const header =
        page >= 4 && page <= 8
          ? [
              'Minutes of the joint committee on harbours, ferries, bridges and the roads that lead to all of these',
            ]
          : []
      const fact = numbers.includes(page)
        ? [`The ferry number ${page} leaves from pier ${page * 11} at noon.`]
        : []
      const lines = [
        ...header,
        `Here begins what was said on sheet ${page}.`,
        ...fact,
        `Sheet ${page} says no more.`,
      ]
      return { lines: lines.map((text, line): [number, number, string] => [72, 720 - line * 14, text]) }
    }),
  )

test('a marker that names no result is taken out and never becomes a citation', async () => {
  const s = await server.createFixture(
    [search('ramen'), { text: 'Ramen【0:7†made_up.txt】 it is【3:0†source】.' }],
    {
      'favourite_foods.txt': foods,
    },
  )
  await s.finish()
  const text = await s.answer()
  assert.equal(text.value, 'Ramen it is.')
  assert.deepEqual(text.annotations, [])
})

test('a marker that names another file than its numbers lead to is taken out', async () => {
  const s = await server.createFixture(
    (prompt, call) => {
      if (call === 0) return search('What does Mariam like? Where does she travel?')
      const [first = '', second = ''] = [...new Set(markers(prompt.at(-1)))]
      const wrong = `${first.split('†')[0]}†${second.split('†')[1]}`
      return { text: `Ramen${wrong} and more ramen${first}.` }
    },
    { 'favourite_foods.txt': foods, 'travel.md': travel },
  )
  await s.finish()
  const text = await s.answer()
  assert.match(text.value, /^Ramen and more ramen【0:0†[a-z_.]+】\.$/)
  assert.equal(text.annotations.length, 1)
})

test('the quote supports the answer in Japanese too, and is the passage where the answer is in another language', async () => {
  const rules =
    '就業規則\n\n当社は東京にあります。有給休暇は年に二十日です。昼休みは一時間です。退職は一か月前に届け出ます。'
  const answers = ['休暇は二十日です', 'You get twenty days off']
  const s = await server.createFixture(
    (prompt, call) =>
      call % 2 === 0
        ? search('有給休暇')
        : { text: `${answers[call >> 1]}${markers(prompt.at(-1)).at(-1)}.` },
    { '規則.txt': rules },
  )
  await s.finish()
  assert.equal(quoteOf((await s.answer()).annotations[0]), '有給休暇は年に二十日です。')
  await s.client.beta.threads.messages.create(s.thread.id, { role: 'user', content: 'In English?' })
  await s.finish()
  assert.equal(quoteOf((await s.answer()).annotations[0]), rules.split('\n\n')[1])
})

test('the quote is found in a later chunk of what the model was shown as one passage', async () => {
  const filler = (topic: string) => `Nobody knows why the ${topic} is as it is, and that is fine. `.repeat(60)
  const book = `${filler('harbour')}The tide is high at seven. ${filler('harbour')}Gulls nest on the northern pier. ${filler('harbour')}`
  const s = await server.createFixture(
    (prompt, call) =>
      call === 0
        ? search('harbour tide', 'harbour gulls')
        : { text: `Gulls nest on the pier in the north${markers(prompt.at(-1))[0]}.` },
    { 'harbour.txt': book },
  )
  await s.finish()
  assert.equal(quoteOf((await s.answer()).annotations[0]), 'Gulls nest on the northern pier.')
})

test('a PDF of many pages is uploaded, asked about, and the citation opens the right page', async () => {
  const words = 'timber harbour lantern meadow copper violin quarry saddle anchor willow'.split(' ')
  const filler = (page: number, line: number) =>
    Array.from({ length: 9 }, (_, at) => words[(page * 7 + line * 3 + at * at) % words.length]).join(' ')
  const pages = Array.from({ length: 30 }, (_, at) => {
    const page = at + 1
    const lines = Array.from({ length: 30 }, (_, line) => `Page ${page} says ${filler(page, line)}.`)
    if (page === 17) lines[12] = 'The night ferry to Bergen leaves at twenty past nine from the eastern pier.'
    return { lines: lines.map((text, line): [number, number, string] => [72, 720 - line * 20, text]) }
  })
  const s = await server.createFixture(
    [],
    { 'almanac.pdf': pdf(pages) },
    'When does the night ferry to Bergen leave?',
  )
  const assistant = await s.client.beta.assistants.create({
    model: 'demo',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [s.store.id] } },
  })
  const events = await s.stream({ assistant_id: assistant.id })
  assert.equal(events.at(-2)?.event, 'thread.run.completed')
  const { value, annotations } = await s.answer()
  assert.match(value, /twenty past nine/)
  const [note] = annotations
  assert.ok(note?.type === 'file_citation')
  const cited = note.file_citation as { quote?: string; page_start?: number; page_end?: number }
  assert.equal(cited.quote, 'The night ferry to Bergen leaves at twenty past nine from the eastern pier.')
  assert.deepEqual([cited.page_start, cited.page_end], [17, 17])
})

for (const [how, forget] of [
  ['as it is cut now', ''],
  ['as it was cut before page breaks were kept', 'update chunks set page_breaks = null'],
] as const) {
  test(`pages with one running header are told apart in a passage, ${how}`, async () => {
    const facts = [4, 5, 6, 7, 9]
    const s = await server.createFixture(
      (prompt, call) => {
        const fact = facts[Math.floor(call / 2)] ?? 0
        if (call % 2 === 0) return search(`Where does ferry number ${fact} leave from?`)
        return {
          text: `Ferry number ${fact} leaves from pier ${fact * 11} at noon${markers(prompt.at(-1))[0]}.`,
        }
      },
      { 'minutes.pdf': headed(facts) },
    )
    if (forget) await executeSql(s, forget)
    for (const fact of facts) {
      await s.finish()
      const [note] = (await s.answer()).annotations
      assert.ok(note?.type === 'file_citation')
      const cited = note.file_citation as { quote?: string; page_start?: number; page_end?: number }
      assert.match(cited.quote ?? '', new RegExp(`pier ${fact * 11}`))
      assert.deepEqual([cited.page_start, cited.page_end], [fact, fact])
    }
  })
}

test('a citation stands whatever is in the name of its file', async () => {
  const name = `${'a very long name '.repeat(24)}【of a file】.txt`
  const s = await server.createFixture(
    (prompt, call) => {
      if (call === 0) return search('What does Mariam like to eat?')
      return { text: `Mariam likes ramen${markers(prompt.at(-1))[0] ?? ' (no marker)'}.` }
    },
    { [name]: foods },
  )
  await s.finish()
  const { value, annotations } = await s.answer()
  assert.match(value, /^Mariam likes ramen【0:0†a very long name [^【】]{1,150}\.txt】\.$/)
  assert.equal(annotations.length, 1)
})
