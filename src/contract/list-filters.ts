import { z } from 'zod'
import { cut } from '../errors/errors.ts'
import { integer, nonEmptyText, refuseWhen } from './limits.ts'
import { filesQuery, pageQuery, wholeNumber } from './list.ts'
import { runStatuses, type RunStatus } from './run-status.ts'

/** Times in Unix seconds. Written as in the list of audit logs of the original: `created_at[gte]=…`. */
export interface CreatedAt {
  gte?: number | undefined
  gt?: number | undefined
  lte?: number | undefined
  lt?: number | undefined
}

const time = wholeNumber(integer(0)).optional()

export const createdAtShape = {
  'created_at[gte]': time,
  'created_at[gt]': time,
  'created_at[lte]': time,
  'created_at[lt]': time,
}

/** Takes the times of a query under the names of `CreatedAt`. */
export function withCreatedAt<Query extends { [name in keyof typeof createdAtShape]?: number | undefined }>(
  query: Query,
) {
  const {
    'created_at[gte]': gte,
    'created_at[gt]': gt,
    'created_at[lte]': lte,
    'created_at[lt]': lt,
    ...rest
  } = query
  return { ...rest, created_at: { gte, gt, lte, lt } satisfies CreatedAt }
}

const isStatus = (name: string): name is RunStatus => (runStatuses as string[]).includes(name)

/** One status, or several with commas. */
const statuses = z
  .string()
  .transform((given) => given.split(','))
  .check(
    refuseWhen((names) => {
      const unknown = names.find((name) => !isStatus(name))
      return unknown === undefined ? undefined : unsupported(unknown)
    }),
  )
  .transform((names) => names.filter(isStatus))
  .optional()

const quoted = runStatuses.map((status) => `'${status}'`)

const unsupported = (given: string) => ({
  code: 'invalid_value',
  message: `Invalid value: '${cut(given)}'. Supported values are: ${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}.`,
})

/** Words, all of which must be found. Their number is limited, because each is looked for by itself. */
const maxWords = 20
export const words = nonEmptyText(512)
  .transform((given) => given.trim().split(/\s+/u).filter(Boolean))
  .check(
    refuseWhen((found) =>
      found.length === 0
        ? { code: 'empty_string', message: "Invalid '{param}': it contains no word." }
        : found.length > maxWords
          ? {
              code: 'invalid_value',
              message: `Invalid '{param}': too many words. Expected at most ${maxWords}, but got ${found.length} instead.`,
            }
          : undefined,
    ),
  )
  .optional()

const ofRuns = { status: statuses, assistant_id: z.string().optional(), ...createdAtShape }

/** The query of the list of runs of all threads. */
export const runsQuery = pageQuery.extend({
  ...ofRuns,
  thread_id: z.string().optional(),
  model: z.string().optional(),
})

/** `assistant_id` is that of any run of the thread, `status` that of the newest one. */
export const threadsQuery = pageQuery.extend({ ...ofRuns, query: words })

/** For lists of objects with a name. */
export const namedQuery = pageQuery.extend({ query: words })
/** Also the stores that have a file. */
export const storesQuery = namedQuery.extend({ file_id: z.string().optional() })
export const namedFilesQuery = filesQuery.extend({ query: words })
export type NamedFilesQuery = z.output<typeof namedFilesQuery>
