import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutLetterBlanks } from './letter-blanks.ts'

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
