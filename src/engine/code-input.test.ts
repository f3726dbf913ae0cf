import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeInput, wholeCode } from './code-input.ts'

const program = 'print("h\\u00e9llo \\\\ \\" \\n\\t")\nx = 1\r\n# ü 漢 🙂'

test('the code comes out of its JSON arguments whatever the pieces are', () => {
  const text = JSON.stringify({ code: program }).replaceAll('é', '\\u00e9')
  for (const size of [1, 2, 3, 7, text.length]) {
    const input = codeInput()
    let code = ''
    for (let at = 0; at < text.length; at += size) code += input.push(text.slice(at, at + size))
    code += input.end(text)
    assert.equal(code, program)
  }
})

test('a bare program instead of JSON is the code', () => {
  const input = codeInput()
  assert.equal(input.push('print(1)'), '')
  assert.equal(input.end('print(1)'), 'print(1)')
  assert.equal(wholeCode('"print(2)"'), 'print(2)')
})

test('arguments with other keys before the code still give it at the end', () => {
  const text = '{"title": "x", "code": "1+1"}'
  const input = codeInput()
  assert.equal(input.push(text), '')
  assert.equal(input.end(text), '1+1')
})
