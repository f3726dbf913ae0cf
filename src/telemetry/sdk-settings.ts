/** What of the variables `OTEL_…` is about the SDK, and not about where it sends. */

export interface SamplerSettings {
  /** Whether the decision of the caller is kept, where there is one. */
  parentBased: boolean
  /** The part of traces that is recorded, from 0 to 1. */
  ratio: number
}

/** How spans wait until they are sent. Times are in milliseconds. Undefined where the SDK's own default is taken. */
export interface BatchSettings {
  scheduledDelayMillis: number | undefined
  exportTimeoutMillis: number | undefined
  maxQueueSize: number | undefined
  maxExportBatchSize: number | undefined
}

type Read = (name: string) => string

/** The standard variables of sampling. What is wrong with them is added to the problems. */
export function readSampler(read: Read, problems: string[]): SamplerSettings {
  const given = read('OTEL_TRACES_SAMPLER') || 'parentbased_always_on'
  const [, parent, kind] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(given) ?? []
  if (kind === undefined)
    problems.push(
      `OTEL_TRACES_SAMPLER is "${given}"; it must be always_on, always_off or traceidratio, or one of them after "parentbased_"`,
    )
  const argument = read('OTEL_TRACES_SAMPLER_ARG') || '1'
  const ratio = kind === 'traceidratio' ? Number(argument) : kind === 'always_off' ? 0 : 1
  if (!(ratio >= 0 && ratio <= 1))
    problems.push(`OTEL_TRACES_SAMPLER_ARG is "${argument}"; it must be a number from 0 to 1`)
  return { parentBased: parent !== undefined, ratio }
}

/** How spans are gathered before they are sent; undefined is the default of the SDK. */
export const readBatch = (number: (name: string) => number | undefined): BatchSettings => ({
  scheduledDelayMillis: number('OTEL_BSP_SCHEDULE_DELAY'),
  exportTimeoutMillis: number('OTEL_BSP_EXPORT_TIMEOUT'),
  maxQueueSize: number('OTEL_BSP_MAX_QUEUE_SIZE'),
  maxExportBatchSize: number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
})

/** Reads `name=value,name=value`, where what is special in an address is percent-encoded. A problem tells no value. */
export function parseTextMap(
  names: readonly string[],
  read: Read,
  problems: string[],
): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {}
  for (const name of names) {
    const entries = read(name)
      .split(',')
      .filter((entry) => entry.trim() !== '')
      .map((entry) => {
        const [, key = '', value = ''] = /^\s*([^=\s]+)\s*=(.*)$/.exec(entry) ?? []
        return [decoded(key), decoded(value.trim())] as const
      })
    if (entries.some(([key, value]) => !key || value === undefined))
      problems.push(`${name} must be name=value, with commas between, and percent-encoded`)
    else found[name] = Object.fromEntries(entries) as Record<string, string>
  }
  return found
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
