import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { doc } from '../made-doc.test.ts'
import { docx, epub, odf, paragraph, pptx, reading, relations, slide, xlsx } from '../made-files.test.ts'

const made = reading()

after(() => made[Symbol.asyncDispose]())

/** A content control with these settings and this content. */
const control = (settings: string, content: string) =>
  `<w:sdt><w:sdtPr>${settings}</w:sdtPr><w:sdtContent>${content}</w:sdtContent></w:sdt>`

const run = (text: string) => `<w:r><w:t xml:space="preserve">${text}</w:t></w:r>`

const chart = (title: string) =>
  `<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>${title}</a:t></a:r></a:p></c:rich></c:tx></c:title>` +
  '<c:plotArea><c:barChart><c:ser><c:tx><c:strRef><c:f>Sheet1!B1</c:f><c:strCache><c:pt><c:v>2019</c:v></c:pt></c:strCache></c:strRef></c:tx>' +
  '<c:val><c:numRef><c:numCache><c:pt><c:v>17</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:barChart>' +
  '<c:valAx><c:title><c:tx><c:rich><a:p><a:r><a:t>Tons</a:t></a:r></a:p></c:rich></c:tx></c:title></c:valAx></c:plotArea></c:chart></c:chartSpace>'

test('docx: headings, numbers, tables, text boxes, notes, and nothing that was deleted', async () => {
  const styles =
    '<w:styles xmlns:w="w"><w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>' +
    '<w:style w:styleId="H2"><w:name w:val="Chapter"/><w:basedOn w:val="H1"/><w:pPr><w:outlineLvl w:val="1"/>' +
    '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="7"/></w:numPr></w:pPr></w:style></w:styles>'
  const level = (at: number, format: string, text: string) =>
    `<w:lvl w:ilvl="${at}"><w:start w:val="1"/><w:numFmt w:val="${format}"/><w:lvlText w:val="${text}"/></w:lvl>`
  const numbering =
    `<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0">${level(0, 'decimal', '%1.')}${level(1, 'lowerLetter', '%1.%2')}` +
    `</w:abstractNum><w:abstractNum w:abstractNumId="1">${level(0, 'bullet', '')}</w:abstractNum>` +
    '<w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="8"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
  const list = (id: number) => `<w:numPr><w:ilvl w:val="0"/><w:numId w:val="${id}"/></w:numPr>`
  const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`
  const body = [
    paragraph('Terms', '<w:pStyle w:val="H1"/>'),
    paragraph('First', list(7)),
    paragraph('Second', list(7)),
    paragraph('Under it', '<w:pStyle w:val="H2"/>'),
    paragraph('a point', list(8)),
    `<w:tbl><w:tr>${cell('Year')}${cell('Sum')}</w:tr><w:tr>${cell('2020')}${cell('17')}</w:tr></w:tbl>`,
    '<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:tab/><w:t>&amp; read</w:t></w:r></w:p>',
    '<w:p><w:r><mc:AlternateContent xmlns:mc="m"><mc:Choice><w:txbxContent><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></w:txbxContent></mc:Choice>' +
      '<mc:Fallback><w:p><w:r><w:t>Boxed</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent></w:r></w:p>',
  ].join('')
  const file = docx(body, {
    'word/_rels/document.xml.rels': relations(
      ['a', 'styles', 'styles.xml'],
      ['b', 'numbering', 'numbering.xml'],
      ['c', 'footnotes', 'footnotes.xml'],
      ['d', 'header', 'header1.xml'],
      ['e', 'header', 'header2.xml'],
    ),
    'word/styles.xml': styles,
    'word/numbering.xml': numbering,
    'word/footnotes.xml': `<w:footnotes xmlns:w="w"><w:footnote>${paragraph('A note.')}</w:footnote></w:footnotes>`,
    'word/header1.xml': `<w:hdr xmlns:w="w">${paragraph('Draft')}</w:hdr>`,
    'word/header2.xml': `<w:hdr xmlns:w="w">${paragraph('Draft')}</w:hdr>`,
  })
  const { parts } = await made.read('a.docx', file)
  assert.equal(
    parts.map((part) => part.text).join(''),
    '# Terms\n\n1. First\n2. Second\n## 2.a Under it\n\n- a point\nYear | Sum\n2020 | 17\n\nKept\t& read\n\nBoxed\n\nA note.\n\nDraft\n\n',
  )
  assert.equal(parts[1]?.heading, 'Terms > 2.a Under it')
  assert.match(await made.text('renamed.doc', file), /Terms/)
})

test('docx: drop-down lists and check boxes, of content controls and of older forms', async () => {
  const box = (state: string, sign: string) =>
    control(`<w14:checkbox xmlns:w14="w14"><w14:checked w14:val="${state}"/></w14:checkbox>`, run(sign))
  const items = ['Red', 'Green'].map((name) => `<w:listItem w:displayText="${name}" w:value="v"/>`).join('')
  const list = (more: string, text: string) =>
    control(`${more}<w:dropDownList><w:listItem w:displayText=""/>${items}</w:dropDownList>`, run(text))
  const older = (data: string) =>
    `<w:r><w:fldChar w:fldCharType="begin"><w:ffData>${data}</w:ffData></w:fldChar></w:r>`
  const lines = [
    `${box('1', '☒')}${run(' Approved ')}${box('0', '☐')}${run(' Rejected')}`,
    `${run('Colour: ')}${list('', 'Green')}`,
    `${run('Colour: ')}${list('<w:showingPlcHdr/>', 'Choose an item.')}`,
    `${run('Name: ')}${control('<w:text/>', run('Jane'))}`,
    `${older('<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>')}${run(' paid')}`,
    `${older('<w:checkBox><w:default w:val="0"/></w:checkBox>')}${run(' late')}`,
    `${older('<w:ddList><w:result w:val="1"/><w:listEntry w:val="Mr"/><w:listEntry w:val="Ms"/></w:ddList>')}${run(' Doe')}`,
    `<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>${run(' signed')}`,
  ]
  const file = docx(lines.map((line) => `<w:p>${line}</w:p>`).join(''))
  assert.deepEqual((await made.text('a.docx', file)).trim().split('\n\n'), [
    '[x] Approved [ ] Rejected',
    'Colour: Green (of Red, Green)',
    'Colour: nothing chosen (of Red, Green)',
    'Name: Jane',
    '[x] paid',
    '[ ] late',
    'Ms (of Mr, Ms) Doe',
    '[x] signed',
  ])
})

test('docx, pptx and xlsx: the titles of charts and the names of their series', async () => {
  const word = docx(paragraph('Report'), {
    'word/_rels/document.xml.rels': relations(['c', 'chart', 'charts/chart1.xml']),
    'word/charts/chart1.xml': chart('Harvest'),
  })
  assert.equal(await made.text('a.docx', word), 'Report\n\nChart: Harvest, Tons. Series: 2019\n\n')
  const shown = pptx([slide('Plan', 'Grow')], {
    'ppt/slides/_rels/slide1.xml.rels': relations(['c', 'chart', '../charts/chart1.xml']),
    'ppt/charts/chart1.xml': chart('Yield'),
  })
  assert.match(await made.text('a.pptx', shown), /Grow\n\nChart: Yield, Tons. Series: 2019/)
  const sheet = xlsx(
    { Data: '<row><c><v>1</v></c></row>' },
    {
      'xl/worksheets/_rels/sheet1.xml.rels': relations(['d', 'drawing', '../drawings/drawing1.xml']),
      'xl/drawings/_rels/drawing1.xml.rels': relations(['c', 'chart', '../charts/chart1.xml']),
      'xl/charts/chart1.xml': chart('Costs'),
    },
  )
  assert.equal(await made.text('a.xlsx', sheet), 'Data\n1\nChart: Costs, Tons. Series: 2019\n\n')
})

test('xlsx: what people said about cells, and each remark of a thread once', async () => {
  const note = (ref: string, text: string) =>
    `<comment ref="${ref}" authorId="0"><text><r><t>Ann:</t></r><r><t xml:space="preserve"> ${text}</t></r></text></comment>`
  const copy =
    '[Threaded comment] Your version of Excel allows you to read this threaded comment. Learn more: https://go.microsoft.com/fwlink/?linkid=870924 Comment: Why so few?'
  const file = xlsx(
    { Prices: '<row><c><v>1</v></c></row>' },
    {
      'xl/worksheets/_rels/sheet1.xml.rels': relations(
        ['c', 'comments', '../comments1.xml'],
        ['t', 'threadedComment', '../threadedComments/threadedComment1.xml'],
      ),
      'xl/comments1.xml': `<comments><authors><author>Ann</author></authors><commentList>${note('B2', 'Without tax')}<comment ref="C3"><text><t>${copy}</t></text></comment></commentList></comments>`,
      'xl/threadedComments/threadedComment1.xml':
        '<ThreadedComments><threadedComment ref="C3" id="1"><text>Why so few?</text></threadedComment><threadedComment ref="C3" id="2" parentId="1"><text>Holidays.</text></threadedComment></ThreadedComments>',
    },
  )
  assert.equal(
    await made.text('a.xlsx', file),
    'Prices\n1\nComment on B2: Ann: Without tax\nComment on C3: Why so few?\nComment on C3: Holidays.\n\n',
  )
})

test('pptx: slides in the order in which they are shown, with titles and notes', async () => {
  const file = pptx([slide('Plan', 'First we read', 'then we write'), slide('End', 'Thanks')], {
    'ppt/slides/_rels/slide2.xml.rels': relations(['n', 'notesSlide', '../notesSlides/notesSlide1.xml']),
    'ppt/notesSlides/notesSlide1.xml':
      '<p:notes xmlns:p="p" xmlns:a="a"><p:sp><a:p><a:r><a:t>Say goodbye</a:t></a:r></a:p></p:sp></p:notes>',
  })
  const { parts } = await made.read('a.pptx', file)
  assert.deepEqual(parts, [
    { text: 'Plan\nFirst we read\nthen we write\n\n', page: 1, heading: 'Plan' },
    { text: 'End\nThanks\n\nNotes: Say goodbye\n\n', page: 2, heading: 'End' },
  ])
})

test('xlsx: sheets by name, rows as lines, shared strings, dates', async () => {
  const file = xlsx(
    {
      Prices:
        '<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>Since</t></is></c></row>' +
        '<row><c r="A2" t="s"><v>1</v></c><c r="B2" s="1"><v>45352</v></c><c r="C2" s="1" t="n"><v>45352.6041666</v></c><c r="D2"><v>3.5</v></c></row>' +
        '<row><c r="A3" t="b"><v>1</v></c><c r="B3" t="str"><f>A1</f><v>text</v></c></row>',
      Other: '<row><c><v>1</v></c><c><v>2</v></c></row>',
    },
    {
      'xl/sharedStrings.xml':
        '<sst><si><t>Item</t></si><si><r><t>green </t></r><r><t>tea</t></r><rPh><t>no</t></rPh></si></sst>',
      'xl/styles.xml':
        '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    },
  )
  const { parts } = await made.read('a.xlsx', file)
  assert.deepEqual(parts, [
    {
      text: 'Prices\nItem | Since\ngreen tea | 2024-03-01 | 2024-03-01 14:30 | 3.5\nTRUE | text\n\n',
      page: 1,
      heading: 'Prices',
    },
    { text: 'Other\n1 | 2\n\n', page: 2, heading: 'Other' },
  ])
})

test('odt, odp and ods', async () => {
  const text = await made.read(
    'a.odt',
    odf(
      '<office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:h text:outline-level="2">Part</text:h>' +
        '<text:p>One<text:s text:c="2"/>two<text:line-break/>three</text:p><table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>' +
        '<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table></office:text>',
    ),
  )
  assert.deepEqual(text.parts, [{ text: '## Part\n\nOne  two\nthree\n\na | b\n\n', heading: 'Part' }])
  const slides = await made.read(
    'a.odp',
    odf(
      '<office:presentation><draw:page><text:p>First</text:p></draw:page><draw:page><text:p>Second</text:p></draw:page></office:presentation>',
    ),
  )
  assert.deepEqual(slides.parts, [
    { text: 'First\n\n', page: 1 },
    { text: 'Second\n\n', page: 2 },
  ])
  const sheet = await made.read(
    'a.ods',
    odf(
      '<office:spreadsheet><table:table table:name="S"><table:table-row><table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>',
    ),
  )
  assert.deepEqual(sheet.parts, [{ text: 'S\n1\n\n', page: 1, heading: 'S' }])
})

test('epub: chapters in the order of reading', async () => {
  const { parts } = await made.read(
    'a.epub',
    epub(['<h1>Zebra</h1><p>It begins.</p>', '<h1>Ape</h1><p>It ends.</p>']),
  )
  assert.deepEqual(
    parts.map((part) => [part.heading, part.text]),
    [
      ['Zebra', '# Zebra\n\nIt begins.\n\n'],
      ['Ape', '# Ape\n\nIt ends.\n\n'],
    ],
  )
})

test('doc: the old format of Word', async () => {
  assert.equal(
    (await made.text('a.doc', doc('Dear Sir,\rwe write “this” to you.\r'))).trim().replace(/\n+/g, '\n'),
    'Dear Sir,\nwe write “this” to you.',
  )
  assert.match(await made.failure('a.doc', doc('secret\r', { encrypted: true })), /^invalid_file: .*password/)
  assert.match(await made.failure('a.doc', doc('old\r', { magic: 0xa5dc })), /^invalid_file: .*Word 95/)
})

test('doc: only what was deleted is left out, and a wrong count of characters loses nothing', async () => {
  const bold = [0x35, 0x08, 1]
  const colourOfOtherScripts = [0x60, 0x4a, 1, 0]
  const deleted = [0x00, 0x08, 1]
  const kept = [0x00, 0x08, 0]
  const text = 'Clause one. Struck out. Clause two. Clause three.\r'
  const runs: [number, number[]][] = [
    [12, colourOfOtherScripts],
    [12, [...bold, ...deleted]],
    [12, [...colourOfOtherScripts, ...bold]],
    [14, kept],
  ]
  const read = async (options: Parameters<typeof doc>[1]) =>
    (await made.text('a.doc', doc(text, options))).trim()
  assert.equal(await read({ runs }), 'Clause one. Clause two. Clause three.')
  assert.equal(await read({ counted: text.length + 40 }), text.trim())
  const long = 'Many words of an old contract of many pages now. '.repeat(500)
  const all: [number, number[]][] = [[long.length, colourOfOtherScripts]]
  assert.equal((await made.text('b.doc', doc(long, { runs: all }))).trim(), long.trim())
})

test('office files under a password are told by their container', async () => {
  assert.match(await made.failure('a.docx', doc('x')), /^invalid_file: .*password/)
  const encrypted = odf('<office:text/>', {
    'META-INF/manifest.xml': '<manifest><file-entry><encryption-data/></file-entry></manifest>',
  })
  assert.match(await made.failure('a.odt', encrypted), /^invalid_file: .*password/)
})

test('a file of another kind under the name', async () => {
  assert.match(await made.failure('a.pptx', docx(paragraph('x'))), /^invalid_file: .*not a presentation/)
  assert.match(await made.failure('a.xlsx', docx(paragraph('x'))), /^invalid_file: .*not a workbook/)
})
