import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { aroundAnnotations, textWithAnnotations } from '../../console/src/parts/annotations.ts'
import { codeOf, isTooIntricate, markdownBlocks } from '../../console/src/parts/markdown-blocks.ts'
import { pythonProblem } from '../../console/src/parts/calls/python-problem.ts'
import { textOfOutput } from '../../console/src/parts/items/item-in-words.ts'
import { withoutMarks } from '../../console/src/parts/without-marks.ts'
import { curlProgram } from '../../console/src/runs/curl-program.ts'
import { excerptOf, stemsOf } from '../../console/src/stores/excerpt.ts'
import { timeAxis } from '../../console/src/parts/waterfall/time-axis.ts'
import { kindOf } from '../../console/src/traces/span-in-words.ts'
import { spanTree } from '../../console/src/traces/span-tree.ts'
import type { RunSpan } from '../../src/contract/run-spans.ts'
import type { CodeInterpreterCall } from '../../src/contract/run-steps.ts'

test('a title has the words of its Markdown without the marks', () => {
  const titles: [string, string][] = [
    ['I need to solve `3x + 11 = 14`. Can **you** help?', 'I need to solve 3x + 11 = 14. Can you help?'],
    ['## - Read [the *manual*](https://example.com/a) first', 'Read the manual first'],
    ['![a chart](file-1) of ~~last~~ ***this*** year', 'a chart of last this year'],
    ['Why is snake_case_name not 2 * 3 * 4?', 'Why is snake_case_name not 2 * 3 * 4?'],
    ['Cut off in the **mid', 'Cut off in the **mid'],
    ['``a ` b`` and `*as it is*`', 'a ` b and *as it is*'],
    ['-5 degrees', '-5 degrees'],
    ['![](x)', '![](x)'],
  ]
  for (const [title, words] of titles) assert.equal(withoutMarks(title), words)
})

test('the type of a span is a word, whatever a stranger has sent', () => {
  const types = ['agent', 'tomorrow', '__proto__', 'constructor']
  const spans = types.map((type, at) => ({
    object: 'trace.span' as const,
    id: `span_${at}`,
    trace_id: 'trace_1',
    parent_id: null,
    started_at: null,
    ended_at: null,
    span_data: JSON.parse(`{"type": "${type}"}`),
    error: null,
  }))
  assert.deepEqual(spans.map(kindOf), ['Agent', 'tomorrow', '__proto__', 'constructor'])
  assert.deepEqual(
    spanTree(spans).map(({ type }) => type),
    ['agent', 'preparation', 'preparation', 'preparation'],
  )
})

test('what is no text in an item is named as what it is', () => {
  assert.equal(textOfOutput([{ type: 'input_text', text: 'a' }]), 'a')
  const file = { type: 'input_file' as const, file_id: 'file-1' }
  assert.equal(textOfOutput([file, { ...file, filename: 'a.pdf' }]), '[A file: file-1]\n[A file: a.pdf]')
  assert.equal(textOfOutput([{ type: 'input_image', detail: 'auto', image_url: 'x' }]), '[A picture]')
})

test('a long text is cut between paragraphs, and only its last piece changes while it grows', () => {
  const paragraphs = Array.from({ length: 400 }, (_, at) => `Paragraph ${at} ${'word '.repeat(20)}\n\n`)
  const text = paragraphs.join('')
  const blocks = markdownBlocks(text)
  assert.ok(blocks.length > 10)
  assert.equal(blocks.join(''), text)
  assert.deepEqual(markdownBlocks(`${text}More.`).slice(0, -1), blocks.slice(0, -1))
})

test('a list is not cut apart, and neither is code that has blank lines', () => {
  const item = `- an item ${'word '.repeat(30)}\n\n`
  const code = `\`\`\`python\n${'print(1)\n\n'.repeat(600)}\`\`\`\n`
  assert.equal(markdownBlocks(item.repeat(50)).length, 1)
  assert.equal(markdownBlocks(code).length, 1)
})

test('code that is too long for one piece goes on as code in the next one, and a table with its head', () => {
  const [first, ...others] = markdownBlocks(`~~~~go\n${'a := "```"\n'.repeat(8_000)}~~~~\n`)
  assert.match(first!, /^~~~~go\n[^]*\n~~~~\s*$/)
  assert.ok(others.length > 2)
  for (const block of others) assert.match(block, /^~~~~\n[^]*\n~~~~\s*$/)
  const head = '|a|b|\n|-|-|\n'
  for (const block of markdownBlocks(head + '|1|2|\n'.repeat(1_000))) assert.ok(block.startsWith(head))
  const wide = `${'|a'.repeat(60)}|\n${'|-'.repeat(60)}|\n`
  const pieces = markdownBlocks(wide + `${'|1'.repeat(60)}|\n`.repeat(300))
  assert.ok(pieces.length > 10)
  for (const piece of pieces) assert.ok(piece.startsWith(wide) && piece.split('|').length < 2_000)
})

test('code is shown without its fence before it is read', () => {
  assert.equal(codeOf('```python\nprint(1)\n```\n'), 'print(1)')
  assert.equal(codeOf('````\n```\na\n````'), '```\na')
  assert.equal(codeOf('```js\nlet a'), 'let a')
  assert.equal(codeOf('Words\n```js\nlet a\n```'), undefined)
})

test('a text that would take long to read as Markdown is left plain, also where it pretends to be code', () => {
  const marks = '*a_ '.repeat(5_000)
  const nested = Array.from({ length: 300 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')
  const texts = [marks, '> '.repeat(2_000), '- '.repeat(300), nested, '['.repeat(20_000)]
  for (const text of [...texts, `\`\`\` a\`b\n${marks}`, `\`\`\`\n\`\`\`\r${marks}`])
    assert.ok(markdownBlocks(text).some(isTooIntricate), text.slice(0, 40))
  const list = `${'- an **item** with `code`\n'.repeat(500)}\n\`\`\`js\n${'a[0] * b[0]\n'.repeat(500)}\`\`\`\n`
  assert.ok(!markdownBlocks(list).some(isTooIntricate))
  const table = (columns: number) =>
    `${'|a'.repeat(columns)}|\n${'|-'.repeat(columns)}|\n${'|1'.repeat(columns)}|\n`
  assert.ok(isTooIntricate(table(60)))
  assert.ok(!isTooIntricate(table(12)))
})

test('one line without an end is cut too', () => {
  const blocks = markdownBlocks('x'.repeat(100_000))
  assert.equal(blocks.join('').length, 100_000)
  assert.ok(blocks.every(({ length }) => length <= 4_000))
})

test('annotations are found by characters, not by UTF-16 units, and false places are left as they are', () => {
  const cite = (start_index: number, end_index: number) => ({
    type: 'file_citation' as const,
    text: '【1】',
    start_index,
    end_index,
    file_citation: { file_id: 'file-1' },
  })
  assert.equal(
    textWithAnnotations('😀😀 so【1】.', [cite(5, 8), cite(6, 7), cite(90, 99)]),
    '😀😀 so[1](#annotation-0).',
  )
  const path = { ...cite(6, 9), type: 'file_path' as const, file_path: { file_id: 'file-2' } }
  assert.equal(textWithAnnotations('[get](【1】)', [path]), '[get](#annotation-0)')
})

test('a text that is not read as Markdown has its annotations in their places too', () => {
  const links = '[1](#annotation-0) and [the file](#annotation-12), not [this](#other).'
  assert.deepEqual(aroundAnnotations(links), [
    '',
    '1',
    '0',
    ' and ',
    'the file',
    '12',
    ', not [this](#other).',
  ])
})

const span = (
  type: 'queued' | 'required_action' | 'preparation',
  started_at: number,
  ended_at: number | null,
) => ({ type, started_at, ended_at }) as RunSpan

test('a long wait is drawn shorter, so that the work beside it can be seen', () => {
  const axis = timeAxis(
    [span('preparation', 0, 1), span('required_action', 1, 601), span('preparation', 601, 602)],
    602,
  )
  assert.ok(axis.isShortened)
  assert.ok(axis.place(1) > 0.3)
  assert.ok(axis.place(601) < 0.7)
  assert.equal(axis.place(602), 1)
  assert.equal(axis.end - axis.start, 602)
})

test('a timeline of work, or of nothing but waiting, is drawn as it was', () => {
  const work = timeAxis([span('queued', 10, 10.1), span('preparation', 10.1, 11)], 11)
  assert.ok(!work.isShortened)
  assert.equal(Math.round(work.place(10.5) * 100), 50)
  const wait = timeAxis([span('queued', 10, null)], 70)
  assert.ok(!wait.isShortened)
  assert.equal(wait.place(40), 0.5)
})

const python = (...logs: string[]): CodeInterpreterCall => ({
  id: 'call_1',
  type: 'code_interpreter',
  code_interpreter: { input: 'f()', outputs: logs.map((text) => ({ type: 'logs', logs: text })) },
})

test('what a program raised is read from the end of its logs, in the words of IPython and of Python', () => {
  const told: [string | undefined, CodeInterpreterCall][] = [
    [
      'raised ValueError',
      python(
        '1\n',
        `${'-'.repeat(75)}\nValueError   Traceback (most recent call last)\nCell In[1], line 3\n      1 def f():\n----> 3 f()\n\nValueError: no: 2\n`,
      ),
    ],
    [
      'raised OrderLost',
      python(
        'Traceback (most recent call last):\n  File "<cell 1>", line 3, in <module>\n    f()\nshop.OrderLost: 7\nmore\n',
      ),
    ],
    ['raised SyntaxError', python('  Cell In[2], line 1\n    f(\n      ^\nSyntaxError: incomplete input\n')],
    [
      'took too long',
      python('KeyboardInterrupt\nTimeoutError: the cell took more than 30 s and was interrupted\n'),
    ],
    ['session ended', python('The Python session ended: it crashed. Its variables are gone.\n')],
    [undefined, python('ValueError: a word that was printed\n')],
    [undefined, python()],
  ]
  for (const [words, call] of told) assert.equal(pythonProblem(call), words)
})

test('the excerpt of a result is the part that has what was asked for, wherever that is in the passage', () => {
  const filler = 'The company has rules about travel, lunch and parking. '.repeat(30)
  const answer = 'Refunds are paid within thirty days of the return.'
  const stems = stemsOf('When is a refund paid by the company?')
  for (const passage of [answer + filler, filler + answer + filler, filler + answer]) {
    const { text, marks, isWhole } = excerptOf(passage, stems)
    assert.ok(text.includes(answer), text)
    assert.ok(text.length < 500)
    assert.ok(marks.includes('Refunds') && marks.includes('paid'))
    assert.equal(isWhole, false)
  }
  assert.deepEqual(excerptOf('Short.', stems), { text: 'Short.', marks: [], isWhole: true })
})

test('words are found without their accents and endings, and in scripts without blanks', () => {
  const found = (query: string, passage: string) => excerptOf(passage, stemsOf(query)).marks
  assert.deepEqual(found('naïve cafés', 'A NAIVE Café.'), ['NAIVE', 'Café'])
  assert.deepEqual(found('返金について', 'ご返金は30日以内'), ['返金'])
  assert.deepEqual(found('tax of 2024', 'The Tax for 2024, taxi'), ['Tax', '2024', 'taxi'])
  assert.deepEqual(found('a', 'a b'), ['a'])
  assert.deepEqual(found('???', 'anything'), [])
  // The letter that gets longer in lower case moves no place.
  assert.deepEqual(found('paid', `${'İ'.repeat(50)} Paid`), ['Paid'])
})

test('a run that is longer than an argument may be is copied as a command that sends it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  try {
    // A curl that shows what it is to send.
    writeFileSync(join(folder, 'curl'), '#!/bin/sh\nexec cat\n')
    chmodSync(join(folder, 'curl'), 0o755)
    const body = { instructions: "It's $HOME, `pwd` and \\n.\nJSON\n" + 'x'.repeat(200_000) }
    const program = curlProgram({ baseURL: 'http://127.0.0.1:1/v1', body, hasFunctions: true })
    const PATH = `${folder}${delimiter}${process.env['PATH']}`
    const sent = execFileSync('bash', { input: program, env: { PATH }, encoding: 'utf8' })
    assert.deepEqual(JSON.parse(sent), { ...body, stream: true })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
