import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { reading } from '../made-files.test.ts'

const made = reading()

after(() => made[Symbol.asyncDispose]())

test('HTML is read without scripts, with its headings, lists, links and rows', async () => {
  const source = `<!doctype html><html><head><title>A page</title><style>p { color: red }</style>
    <script>alert("<p>no</p>")</script></head><body><h1>Prices_of_2024</h1><p>All <b>prices</b> of 1. May.</p>
    <ul><li>one</li><li>two</li></ul><table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>3</td></tr></table>
    <a href="https://example.com/x">more</a><a href="javascript:no()">less</a><img src="data:xx" alt="a cat"></body></html>`
  const { parts } = await made.read('a.html', source)
  const text = parts.map((part) => part.text).join('')
  assert.match(
    text,
    /A page\n\n# Prices_of_2024\n\nAll \*\*prices\*\* of 1\. May\.\n\n-\s+one\n-\s+two\n\nItem \| Price\nTea \| 3/,
  )
  assert.match(text, /\[more\]\(https:\/\/example\.com\/x\)less/)
  assert.match(text, /a cat/)
  assert.doesNotMatch(text, /alert|color|data:xx|javascript/)
  assert.equal(parts.at(-1)?.heading, 'Prices_of_2024')
})

test('HTML is read with what is typed, checked and chosen in its forms', async () => {
  const source = `<html><body><form><p>Name <input name="n" value="Jane Doe"></p><p>City <input type="text" placeholder="where?"></p>
    <input type="hidden" value="token"><input type="password" value="hunter2"><input type="submit" value="Send">
    <p><input type="checkbox" checked> urgent <input type="radio"> later</p>
    <p>Land <select><option>Norway</option><option selected>Chile</option></select></p>
    <p>Size <select><option>S</option><option>M</option></select></p>
    <p>Days <select multiple><option>Mon</option><option>Tue</option></select></p>
    <textarea name="why">Because it
rains.</textarea></form></body></html>`
  const text = (await made.text('a.html', source)).replaceAll(/ +/g, ' ')
  for (const line of [
    'Name Jane Doe',
    '[x] urgent [ ] later',
    'Land Chile (of Norway, Chile)',
    'Size S (of S, M)',
    'Days nothing chosen (of Mon, Tue)',
    'Because it rains.',
  ])
    assert.ok(text.includes(line), `${line} in ${text}`)
  assert.doesNotMatch(text, /token|hunter2|Send|where/)
})
