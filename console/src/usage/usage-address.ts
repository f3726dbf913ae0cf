import type { UsageRange } from '../api/usage.ts'

const day = 86_400

/** How far back one looks, in seconds, and how wide a bucket is then. */
export const ranges = [
  { value: '24h', label: '24 hours', seconds: day, width: '1h' },
  { value: '7d', label: '7 days', seconds: 7 * day, width: '1d' },
  { value: '30d', label: '30 days', seconds: 30 * day, width: '1d' },
  { value: '90d', label: '90 days', seconds: 90 * day, width: '1d' },
] as const

/** What usage is told by, and the field of the API that has it. */
export const groupFields = { model: 'model', assistant: 'assistant_id', project: 'project_id' } as const

export interface UsageView {
  range: (typeof ranges)[number]['value'] | 'days'
  /** The first and the last day, as `2026-11-27`, where the range is one of days. */
  from: string
  to: string
  by: keyof typeof groupFields
  show: 'tokens' | 'requests' | 'cost'
}

export function readView(address: URLSearchParams): UsageView {
  const [from, to] = [address.get('from') ?? '', address.get('to') ?? '']
  const asked = address.get('range')
  const by = address.get('by') ?? ''
  const named = ranges.find(({ value }) => value === asked)?.value
  const shows = ['tokens', 'requests', 'cost'] as const
  return {
    range: isDay(from) && isDay(to) && from <= to ? 'days' : (named ?? '7d'),
    from,
    to,
    by: isGroup(by) ? by : 'model',
    show: shows.find((show) => show === address.get('show')) ?? 'tokens',
  }
}

/** Only what is not as usual is written. */
export function writeView(view: UsageView): URLSearchParams {
  const address = new URLSearchParams()
  if (view.range === 'days') {
    address.set('from', view.from)
    address.set('to', view.to)
  } else if (view.range !== '7d') address.set('range', view.range)
  if (view.by !== 'model') address.set('by', view.by)
  if (view.show !== 'tokens') address.set('show', view.show)
  return address
}

/** Days are those of UTC, as the buckets of the API are. `now` is in Unix seconds. */
export function timesOf(view: UsageView, now: number): UsageRange & { width: '1h' | '1d' } {
  if (view.range === 'days') {
    const [start, end] = [secondsOf(view.from), secondsOf(view.to) + day]
    return { start, end, width: end - start <= 2 * day ? '1h' : '1d' }
  }
  const { seconds, width } = ranges.find(({ value }) => value === view.range)!
  const bucket = width === '1h' ? 3_600 : day
  const end = (Math.floor(now / bucket) + 1) * bucket
  return { start: end - seconds, end, width }
}

const isGroup = (name: string): name is UsageView['by'] => Object.hasOwn(groupFields, name)

const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))

const secondsOf = (text: string) => Date.parse(`${text}T00:00:00Z`) / 1_000
