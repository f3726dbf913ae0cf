import { test } from 'node:test'
import { refused, type RawAnswer } from './raw.ts'

/** A request that is refused, for tests of the Responses API. */
export interface RefusalCase {
  /** What is changed in a request that would be answered. */
  given: Record<string, unknown>
  says: string
  param: string | null
  code: string | null
  /** 400 where it is left out. */
  status?: number
}

export const wrongType = (
  param: string,
  expected: string,
  got: string,
  given: unknown,
  key = param,
): RefusalCase => ({
  given: { [key]: given },
  says: `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`,
  param,
  code: 'invalid_type',
})

export const wrongValue = (
  param: string,
  bad: string,
  values: string,
  given: Record<string, unknown>,
): RefusalCase => ({
  given,
  says: `Invalid value: '${bad}'. Supported values are: ${values}.`,
  param,
  code: 'invalid_value',
})

export const missing = (param: string, given: Record<string, unknown>): RefusalCase => ({
  given,
  says: `Missing required parameter: '${param}'.`,
  param,
  code: 'missing_required_parameter',
})

export const unknown = (param: string, given: Record<string, unknown>, hint = ''): RefusalCase => ({
  given,
  says: `Unknown parameter: '${param}'.${hint}`,
  param,
  code: 'unknown_parameter',
})

export const outside = (param: string, what: string, bound: string, given: unknown): RefusalCase => ({
  given: { [param]: given },
  says: `Invalid '${param}': ${what} value. Expected a value ${bound}, but got ${String(given)} instead.`,
  param,
  code: `${what.replaceAll(' ', '_').replace('minimum', 'min').replace('maximum', 'max')}_value`,
})

/** A request with one item, and one with one part of one message. */
export const item = (given: unknown) => ({ input: [given] })
export const part = (role: string, given: unknown) => item({ role, content: [given] })

/** One test with one for each case, whose request is `base` with the changes of the case. */
export function testRefusals(
  title: string,
  cases: readonly RefusalCase[],
  post: (body: object) => Promise<RawAnswer>,
): void {
  test(title, async (t) => {
    for (const { given, says, param, code, status = 400 } of cases)
      await t.test(JSON.stringify(given).slice(0, 100), async () => {
        refused(await post({ model: 'm', input: 'Hi', ...given }), status, says, { param, code })
      })
  })
}
