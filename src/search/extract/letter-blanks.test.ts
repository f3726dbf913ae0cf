import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pdf, reading, type PdfPage } from './made-files.test.ts'
import { withoutLetterBlanks } from './letter-blanks.ts'

const made = reading()
after(() => made[Symbol.asyncDispose]())

test('on a page whose lines are spaced, every line is, however short', () => {
  const japanese = [
    '氏 名',
    '東 京 都',
    '2 0 2 5 年 度',
    'W i n d o w s 版',
    '第 10 条',
    'A B C D E F',
    'こ の 契 約 は 有 効 で す',
  ]
  assert.equal(
    withoutLetterBlanks(japanese.join('\n')),
    '氏名\n東京都\n2025年度\nWindows版\n第10条\nA B C D E F\nこの契約は有効です',
  )
  assert.equal(
    withoutLetterBlanks('A n n u a l  R e p o r t\nG D P  g r e w  b y  3 . 2 %.\ni n  2 0 2 4'),
    'Annual Report\nGDP grew by 3.2%.\nin 2024',
  )
  const table = '氏 名 の 欄\n山田太郎は東京都に住んでいる\n氏 名\nA B C D E F\n1 0 1 1 0 1'
  assert.equal(withoutLetterBlanks(table), table.replace('氏 名 の 欄', '氏名の欄'), 'a page of other lines')
})

test('the words of a page that is set letter by letter are told by the places of its letters', async () => {
  const lines = ['GDP grew by three percent', 'Prices fell again in May', 'CONTRACT OF SALE']
  for (const letterGap of [3, 5, 8]) {
    const page: PdfPage = { letterGap, lines: lines.map((text, at) => [72, 700 - at * 20, text]) }
    const text = await made.text('a.pdf', pdf([page]))
    assert.deepEqual(text.trim().split(/\s*\n/), lines, `${letterGap} points`)
  }
})
