import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pdf, reading, type PdfPage } from '../made-files.test.ts'

const made = reading()

after(() => made[Symbol.asyncDispose]())

const page = (...texts: string[]): PdfPage => ({
  lines: texts.map((text, at) => [72, 720 - at * 14, text]),
})

/** The texts of six pages. Each page has these lines and a line of its own. */
async function sixPages(linesOf: (number: number) => string[]) {
  const pages = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'].map((word, at) => {
    const [first = '', ...others] = linesOf(at + 1)
    return page(first, `Here we speak of ${word}.`, ...others)
  })
  return (await made.read('a.pdf', pdf(pages))).parts.map((part) => part.text.trim().split('\n'))
}

test('every page is a part with its number, and an empty page is none', async () => {
  const { parts, warnings } = await made.read('a.pdf', pdf([page('The first.'), {}, page('The third.')]))
  assert.deepEqual(
    parts.map((part) => [part.page, part.text.trim()]),
    [
      [1, 'The first.'],
      [3, 'The third.'],
    ],
  )
  assert.deepEqual(warnings, [])
})

test('what stamps and free texts say in their picture is read, once', async () => {
  const annotations = [
    '/Subtype /Stamp /Name /SBApproved /says (APPROVED 12 May)',
    '/Subtype /Stamp /T (Ann) /Contents (Sent back) /says (DRAFT)',
    '/Subtype /FreeText /DA (/Helv 10 Tf) /says (Budget 4711)',
    '/Subtype /FreeText /Contents (Only once) /DA (/Helv 10 Tf) /says (Only once)',
    '/Subtype /Stamp /F 2 /says (hidden)',
    '/Subtype /Widget /FT /Tx /T (total) /V (17) /says (17)',
  ]
  assert.deepEqual((await made.text('a.pdf', pdf([{ ...page('Plan'), annotations }]))).trim().split('\n'), [
    'Plan',
    'Ann: Sent back',
    'Only once',
    'total: 17',
    // All of them have the same position on this page, so they become one line.
    'APPROVED 12 May DRAFT Budget 4711',
  ])
})

test('values of form fields, choices and what people wrote on a page are read with their labels', async () => {
  const field = (type: string, name: string, more: string) =>
    `/Subtype /Widget /FT /${type} /T (${name}) ${more}`
  const annotations = [
    field('Tx', 'applicant', '/TU (Name of the applicant) /V (Jane Doe)'),
    field('Tx', 'amount', '/V <FEFF0031002C00350030002020AC>'),
    field('Tx', 'empty', '/V ()'),
    field('Tx', 'pin', '/Ff 8192 /V (hunter2)'),
    field('Btn', 'agree', '/TU (I agree:) /V /Yes /AS /Yes'),
    field('Btn', 'mail', '/V /Off'),
    field('Ch', 'country', '/Ff 131072 /Opt [[(DE) (Germany)] [(FR) (France)]] /V (FR)'),
    field('Ch', 'colours', '/Ff 2097152 /Opt [(red) (green) (blue)] /V [(red) (blue)]'),
    '/Subtype /FreeText /Contents (Budget 4711, see the annex) /DA (/Helv 10 Tf)',
    '/Subtype /Text /T (Alice) /Contents (Ask Bob about this)',
    '/Subtype /Highlight /T (Carl) /Contents (Why?) /QuadPoints [72 620 200 620 72 600 200 600]',
    '/Subtype /Text /F 2 /Contents (hidden)',
    '/Subtype /Link /Contents (a link) /A << /S /URI /URI (https://example.com) >>',
  ]
  const { parts } = await made.read('a.pdf', pdf([{ ...page('Application'), annotations }, page('Second')]))
  assert.deepEqual(parts[0]?.text.split('\n'), [
    'Application',
    'Name of the applicant: Jane Doe',
    'amount: 1,50 €',
    'I agree: yes',
    'mail: no',
    'country: France (of Germany, France)',
    'colours: red, blue (of red, green, blue)',
    'Budget 4711, see the annex',
    'Alice: Ask Bob about this',
    'Carl: Why?',
  ])
  assert.equal(parts[1]?.text.trim(), 'Second')
  const scan: PdfPage = {
    scanned: true,
    annotations: [field('Tx', 'total', '/V (the sum of all is 12 thousand)')],
  }
  assert.equal((await made.text('scan.pdf', pdf([scan]))).trim(), 'total: the sum of all is 12 thousand')
  const stray = pdf([{ annotations: [field('Tx', 'left over', '/V (no form knows it)')] }])
    .toString('latin1')
    .replace('/AcroForm', '/AcroFrom')
  assert.equal(
    (await made.text('stray.pdf', Buffer.from(stray, 'latin1'))).trim(),
    'left over: no form knows it',
  )
})

test('two columns are read one after the other', async () => {
  const left = ['In the left column', 'stands the beginning', 'of what is said here.']
  const right = ['The right column', 'goes on with it and', 'ends the page.']
  const column = (x: number, lines: string[]) =>
    lines.map((text, at): [number, number, string] => [x, 700 - at * 12, text])
  const text = await made.text('a.pdf', pdf([{ lines: [...column(72, left), ...column(320, right)] }]))
  assert.equal(text.replace(/\s+/g, ' ').trim(), [...left, ...right].join(' '))
})

test('a word broken at the end of a line is whole again, and ligatures are letters', async () => {
  const text = await made.text('a.pdf', pdf([page('We speak of the fine-', 'tuning of \x01elds.')]))
  assert.equal(text.replace(/\s+/g, ' ').trim(), 'We speak of the finetuning of fields.')
})

test('rows of a table stay together', async () => {
  const rows = [
    ['Year', 'Income', 'Loss'],
    ['2019', '1,200', '30'],
    ['2020', '1,350', '12'],
  ]
  const lines = rows.flatMap((row, y) =>
    row.map((cell, x): [number, number, string] => [72 + x * 120, 700 - y * 14, cell]),
  )
  const text = await made.text('a.pdf', pdf([{ lines }]))
  assert.deepEqual(
    text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/)),
    rows,
  )
})

test('headers and footers that repeat stay where they are seen first, and page numbers with them', async () => {
  const text = 'alpha beta gamma delta epsilon'.split(' ')
  const pages = text.map((word, at) =>
    page('Annual Report 2023', `Here we speak of ${word}.`, `Page ${at + 1} of ${text.length}`),
  )
  const { parts } = await made.read('a.pdf', pdf(pages))
  assert.deepEqual(
    parts.map((part) => part.text.trim()),
    text.map((word, at) =>
      at === 0 ? `Annual Report 2023\nHere we speak of ${word}.\nPage 1 of 5` : `Here we speak of ${word}.`,
    ),
  )
})

test('lines alike but for their numbers are content, in whatever step they count', async () => {
  const kinds: ((number: number) => string)[] = [
    (number) => `Invoice number: ${1000 + number}`,
    (number) => `Invoice ${number}`,
    (number) => `Total: ${number * 595}.00 EUR`,
    (number) => `Total: ${number}.00 EUR`,
    (number) => `Delivery note No. ${number}`,
    (number) => `Log of the day 2024-03-0${number}`,
    (number) => `Balance carried over ${(number * 7919) % 1000}`,
    (number) => `${(number * 104_729) % 9000}`,
  ]
  for (const kind of kinds) {
    const texts = await sixPages((number) => ['Acme Ltd', kind(number)])
    for (const [at, lines] of texts.entries()) assert.equal(lines.at(-1), kind(at + 1))
    assert.deepEqual(
      texts.map(([first]) => first === 'Acme Ltd'),
      [true, ...Array.from({ length: 5 }, () => false)],
    )
  }
})

test('lines in which nothing but the number of the page differs are headers', async () => {
  const kinds: ((number: number) => string)[] = [
    (number) => `${number}`,
    (number) => `- ${number + 340} -`,
    (number) => `${number}/6`,
    (number) => `Page ${number} of 6`,
    (number) => `Page ${((number - 1) % 2) + 1} of 2`,
    (number) => `Seite ${number + 16}`,
    (number) => `Annual Report 2023 ${number}`,
    (number) => `${number} | Annual Report 2023`,
    (number) => `Handbook of 2023, page ${number + 4}, confidential`,
  ]
  for (const kind of kinds) {
    const texts = await sixPages((number) => ['Notes', kind(number)])
    assert.deepEqual(
      texts.map((lines) => lines.length),
      [3, 1, 1, 1, 1, 1],
      kind(1),
    )
  }
})

test('lines that are all over the pages are no headers', async () => {
  const pages = Array.from({ length: 5 }, (_, at) =>
    page('a row', 'a row', `row ${at}`, 'a row', 'a row', 'a row'),
  )
  const { parts } = await made.read('a.pdf', pdf(pages))
  for (const part of parts) assert.equal(part.text.match(/a row/g)?.length, 5)
})

test('the outline gives headings', async () => {
  const outline: [string, number][] = [
    ['Beginning', 1],
    ['End', 3],
  ]
  const { parts } = await made.read('a.pdf', pdf([page('One.'), page('Two.'), page('Three.')], { outline }))
  assert.deepEqual(
    parts.map((part) => part.heading),
    ['Beginning', 'Beginning', 'End'],
  )
})

test('scanned pages are called so', async () => {
  const scan = { scanned: true }
  assert.match(
    await made.failure('a.pdf', pdf([scan, scan])),
    /^invalid_file: The file could not be parsed\. The file has no text that can be read: it looks like scanned pages\./,
  )
  const { warnings } = await made.read(
    'a.pdf',
    pdf([page('A page with quite some text on it, as most', 'pages of a document have.'), scan]),
  )
  assert.deepEqual(warnings, ['1 of 2 pages look scanned and have no text.'])
})

test('a password and damage are told apart', async () => {
  const good = pdf([page('Secret.')])
  assert.match(
    await made.failure('a.pdf', pdf([page('Secret.')], { encrypted: true })),
    /^invalid_file: .*password/,
  )
  assert.match(await made.failure('a.pdf', 'This is not a PDF at all.'), /^invalid_file: .*damaged/)
  assert.match(await made.failure('a.pdf', good.subarray(0, 200)), /^invalid_file: /)
  assert.match(await made.failure('a.pdf', '%PDF-1.7\n'), /^invalid_file: .*damaged/)
  assert.equal((await made.text('a.pdf', good)).trim(), 'Secret.')
})

test('what is left of a damaged file is read', async () => {
  const pages = Array.from({ length: 4 }, (_, at) =>
    page(`This is what stands on page ${at + 1}.`, `And ${at}.`),
  )
  const damaged = pdf(pages)
    .toString('latin1')
    // This damages the object of the second page and the position of the table of objects.
    .replace('7 0 obj', '7 0 no!')
    .replace(/startxref\n\d+/, 'startxref\n99')
  const { parts, warnings } = await made.read('a.pdf', Buffer.from(damaged, 'latin1'))
  assert.deepEqual(
    [parts.map((part) => part.page), warnings],
    [[1, 3, 4], ['1 of 4 pages could not be read: 2.']],
  )
})
