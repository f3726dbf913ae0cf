import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strictFault } from './strict-schema.ts'

const text = { type: 'string' }
const strict = (properties: object, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})
const noOthers = (context: string) =>
  `In context=${context}, 'additionalProperties' is required to be supplied and to be false.`
const all = (context: string, which: string) =>
  `In context=${context}, 'required' is required to be supplied and to be an array including every key in properties. ${which}`

test('what a strict schema lacks is said in the words of the original, with its place', () => {
  const cases: [Record<string, unknown>, string | undefined][] = [
    [strict({ a: text }), undefined],
    [
      strict({ a: { type: ['string', 'null'] }, list: { type: 'array', items: strict({ b: text }) } }),
      undefined,
    ],
    [{ type: 'object' }, noOthers('()')],
    [{ type: 'object', additionalProperties: false }, 'In context=(), object schema missing properties.'],
    [{ ...strict({ a: text }), additionalProperties: true }, noOthers('()')],
    [strict({ a: text, b: text }, ['a']), all('()', "Missing 'b'.")],
    [strict({ a: text }, ['a', 'b']), all('()', "Extra required key 'b' supplied.")],
    [strict({ a: { type: 'object', properties: {} } }), noOthers("('properties', 'a')")],
    [
      strict({ a: { type: ['object', 'null'], properties: {} } }),
      noOthers("('properties', 'a', 'type', '0')"),
    ],
    [
      strict({ a: { type: 'array', items: strict({ b: text }, []) } }),
      all("('properties', 'a', 'items')", "Missing 'b'."),
    ],
    [strict({ a: { anyOf: [text, { type: 'object' }] } }), noOthers("('properties', 'a', 'anyOf', '1')")],
    [
      { ...strict({ a: { $ref: '#/$defs/b' } }), $defs: { b: { type: 'object' } } },
      noOthers("('$defs', 'b')"),
    ],
    [{ items: { type: 'object' } }, noOthers("('items',)")],
  ]
  for (const [schema, fault] of cases) assert.equal(strictFault(schema), fault, JSON.stringify(schema))
})
