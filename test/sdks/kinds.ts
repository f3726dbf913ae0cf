import { createInterface } from 'node:readline'

/** What every client is tried with through the Responses API. Its program names each case after one of these. */
export const kinds = [
  'text',
  'stream',
  'functions',
  'structured output',
  'chain',
  'conversation',
  'background',
  'code interpreter',
  'file search',
  'MCP',
  'web search',
  'pictures',
  'computer',
  'compaction',
  'pages',
  'token count',
  'cancel',
  'delete',
  'webhooks',
  'errors',
] as const
export type Kind = (typeof kinds)[number]

const agents: Record<string, Kind[]> = {
  'it has no call for it: the official client does it': [
    'background',
    'pages',
    'token count',
    'cancel',
    'delete',
    'webhooks',
  ],
}

const older = 'its types know the older tool alone, which no provider has here'

/** What a client cannot be tried with, by the reason. */
const lacks: Record<string, Record<string, Kind[]>> = {
  'Python 1.66': {
    'it has no call for it yet': [
      'conversation',
      'background',
      'code interpreter',
      'compaction',
      'token count',
      'cancel',
      'webhooks',
      'pictures',
    ],
    [older]: ['computer'],
  },
  'Python 1.109': {
    'it has no call for it yet': ['compaction', 'token count'],
    [older]: ['computer'],
  },
  'Agents SDK for Python': agents,
  'Agents SDK for JavaScript': agents,
  'AI SDK': {
    'it has no such tool yet': ['computer'],
    'it has no call for it: the official client does it': [
      'conversation',
      'background',
      'compaction',
      'pages',
      'token count',
      'cancel',
      'delete',
      'webhooks',
    ],
  },
  'Node 5': { 'it has no call for it yet': ['compaction', 'token count'], [older]: ['computer'] },
}

const reasonsOf = (client: string): Map<string, string> =>
  new Map(Object.entries(lacks[client] ?? {}).flatMap(([why, of]) => of.map((kind) => [kind, why])))

/** What is wrong with what this client was tried with, as sentences. */
export function faultsOf(client: string, tried: Iterable<string>): string[] {
  const reasons = reasonsOf(client)
  const seen = new Set(tried)
  return [
    ...kinds.filter((kind) => !seen.has(kind) && !reasons.has(kind)).map((kind) => `${kind} is not tried`),
    ...[...reasons.keys()]
      .filter((kind) => seen.has(kind))
      .map((kind) => `${kind} is tried, and not lacking`),
    ...[...seen]
      .filter((kind) => !(kinds as readonly string[]).includes(kind))
      .map((kind) => `${kind} is no kind`),
  ]
}

/** Passes on what the program of a client says, `ok     KIND: SENTENCE` for each case, and sees that no kind is left out. */
async function check(client: string): Promise<void> {
  const tried: string[] = []
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(line)
    const [, kind] = /^(?:ok|FAILED) +([\w ]+): /.exec(line) ?? []
    if (kind !== undefined) tried.push(kind)
  }
  for (const [kind, why] of reasonsOf(client)) console.log(`without ${kind}: ${why}`)
  for (const fault of faultsOf(client, tried)) {
    console.log(`FAILED ${client}: ${fault}`)
    process.exitCode = 1
  }
}

if (import.meta.main) await check(process.argv[2] ?? '')
