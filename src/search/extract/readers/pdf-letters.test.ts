import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pdfOfGlyphs, reading } from '../made-files.test.ts'

const made = reading()

after(() => made[Symbol.asyncDispose]())

const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16().toString('hex')

const utf8 = (text: string) => Buffer.from(text).toString('hex')

/** A text as glyphs. Entries that are equal share a glyph. */
function glyphs(entries: string[], map: (entry: string) => string) {
  const all = [...new Set(entries)]
  return { maps: all.map(map), line: entries.map((entry) => all.indexOf(entry) + 1) }
}

test('the letters of one Arabic glyph come in the order in which they are read', async () => {
  const read = async (entries: string[], map = utf16) => {
    // The last letter is first, because glyphs are painted from left to right.
    const { maps, line } = glyphs(entries.toReversed(), map)
    return (await made.text('a.pdf', pdfOfGlyphs(maps, [line]))).trim()
  }
  const peace = ['ا', 'ل', 'س', 'لا', 'م']
  assert.equal(await read(peace), 'السلام')
  assert.equal(await read(['ا', 'لإ', 'س', 'لا', 'م', ' ', 'س', 'لا', 'م']), 'الإسلام سلام')
  assert.equal(await read(['ع', 'لم', ' ', ...peace]), 'علم السلام')
  assert.equal(await read(['ا', 'ل', 'س', '\ufefb', 'م']), 'السلام', 'by the form that shows it')
  const backwards = (entry: string) => utf16([...entry].toReversed().join(''))
  assert.equal(await read(peace, backwards), 'السلام', 'where the map itself is turned')
})

test('a map that gives bytes of UTF-8 for characters is not believed, and one of Korean is', async () => {
  for (const text of ['Договор аренды помещения заключен в городе Москве', 'Η σύμβαση ισχύει από σήμερα']) {
    const { maps, line } = glyphs([...text], (sign) => (sign === ' ' ? '0020' : utf8(sign)))
    assert.equal((await made.text('a.pdf', pdfOfGlyphs(maps, [line]))).trim(), text)
  }
  const korean = '이 계약은 서명한 날부터 효력이 있으며 킲킳는 그대로 둔다'
  const { maps, line } = glyphs([...korean], utf16)
  assert.equal((await made.text('a.pdf', pdfOfGlyphs(maps, [line]))).trim(), korean)
})

test('blanks after every character are taken out, and those between words stay', async () => {
  const cases = [
    ['合 同 自 签 订 之 日 起 生 效 。', '合同自签订之日起生效。'],
    ['こ の 契 約 は 有 効 で す', 'この契約は有効です'],
    ['第 3 条 付 款 方 式 ABC 公 司', '第 3 条付款方式 ABC 公司'],
    ['계 약 은 유 효 하 다', '계약은유효하다'],
    ['이 계약은 오늘부터 효력이 있다', '이 계약은 오늘부터 효력이 있다'],
    ['第一章 总则与定义 第二章', '第一章 总则与定义 第二章'],
    ['C O N T R A C T', 'CONTRACT'],
    ['I am a B C D player of it', 'I am a B C D player of it'],
    ['A B C D E F', 'A B C D E F'],
    ['B A C A D', 'B A C A D'],
    ['M T W T F S S', 'M T W T F S S'],
    ['1 2 3 4 5 6', '1 2 3 4 5 6'],
    ['2 0 2 5 年 度', '2025年度'],
    ['W i n d o w s 版', 'Windows版'],
  ]
  for (const [written = '', expected] of cases) {
    const { maps, line } = glyphs([...written], utf16)
    assert.equal((await made.text('a.pdf', pdfOfGlyphs(maps, [line]))).trim(), expected)
  }
})
