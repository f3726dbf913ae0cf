import { functionTool } from './function.ts'
import { calledTool } from './name-resolution.ts'
import type { Sources } from './sources.ts'
import type { Call, EndedCall, OfferedTool, RunTool, Tool, ToolContext } from './tool.ts'

/** The tools of the server, by type. The model is told about them in this order. */
export type Tools = ReadonlyMap<string, Tool>

/** The open tools of one run. */
export interface ToolSet {
  /** In the order in which the run lists its tools. */
  readonly definitions: OfferedTool[]
  readonly sources: Sources
  /**
   * Waits until every tool is ready. It is called before each turn of the model, so that `systemTexts` is up to date.
   */
  ready(signal: AbortSignal): Promise<void>
  /** What the model must know about the surroundings of each tool. `source` is the type of the tool. */
  systemTexts(): { source: string; text: string }[]
  /** How each file can be read with the tool of this type, in words. A file may be missing in the result. */
  waysToRead(type: string, fileIds: string[]): Promise<Map<string, string>>
  /** What a model means by a name. Undefined when it was not offered. */
  offered(name: string): OfferedTool | undefined
  /** Whether the server itself runs what a model means by a name. */
  isServed(name: string): boolean
  /** Begins the call that a model means by a name. `approval` is as in `RunTool.begin`. */
  begin(name: string, approval?: string): { type: string; call: Call }
  /** At the end of the attempt. Never rejects. */
  close(): Promise<void>
}

/** What the tools of a run are told about it. Each tool gets its own part. */
export interface ToolSetContext extends Omit<ToolContext, 'requested' | 'resources' | 'ended'> {
  /** The run's list of tools. A type that the server does not have is ignored. */
  requested: readonly { type: string }[]
  /** What the assistant and the thread give to tools, by type. */
  resources: { assistant: object; thread: object }
  /** The finished calls of this type in this run, oldest first. */
  ended: (type: string) => EndedCall[]
}

/** The tools by type. Functions are always included. */
export const toolsByType = (tools: readonly Tool[]): Tools =>
  new Map([...tools, fallback].map((tool) => [tool.type, tool]))

/** The set of a question that allows no tool. Whatever a model calls all the same is one that it may not call. */
export const noTools: ToolSet = {
  definitions: [],
  sources: {},
  ready: async () => {},
  systemTexts: () => [],
  waysToRead: async () => new Map(),
  offered: () => undefined,
  isServed: () => true,
  begin() {
    throw new Error('there are no tools')
  },
  close: async () => {},
}

/** The tool that takes calls whose name belongs to no tool. */
const fallback: Tool = functionTool

/** Opens each tool that a run lists. Functions are always opened. */
export async function openToolSet(tools: Tools, context: ToolSetContext): Promise<ToolSet> {
  const { requested } = context
  const functions = await fallback.open(contextOf(context, fallback.type))
  const opened = new Map<string, { tool: Tool; work: RunTool }>()
  for (const tool of tools.values()) {
    if (!requested.some(({ type }) => type === tool.type)) continue
    const work = tool.type === fallback.type ? functions : await tool.open(contextOf(context, tool.type))
    opened.set(tool.type, { tool, work })
  }
  const works = [...opened.values()].map(({ work }) => work)
  function called(given: string) {
    const callable = [...opened].map(([type, { tool, work }]) => ({
      type,
      names: work.definitions.map(({ name }) => name),
      otherNames: tool.otherNames,
    }))
    return calledTool(callable, given)
  }
  return {
    get definitions() {
      return definitionsInOrder(requested, (type) => opened.get(type)?.work.definitions ?? [])
    },
    sources: joinSources(works.flatMap(({ sources }) => sources ?? [])),
    async ready(signal) {
      for (const work of works) await work.ready?.(signal)
    },
    systemTexts: () =>
      [...opened].flatMap(([source, { work }]) => {
        const text = work.systemText?.() ?? ''
        return text === '' ? [] : [{ source, text }]
      }),
    async waysToRead(type, fileIds) {
      return (await opened.get(type)?.work.waysToRead?.(fileIds)) ?? new Map()
    },
    offered(given) {
      const { type, name } = called(given)
      return opened.get(type)?.work.definitions.find((definition) => definition.name === name)
    },
    isServed(given) {
      const one = opened.get(called(given).type)
      return one !== undefined && one.tool.isCallers !== true
    },
    begin(given, approval) {
      const { type, name } = called(given)
      const work = opened.get(type)?.work ?? functions
      return { type, call: work.begin(name, approval) }
    },
    async close() {
      for (const work of works) await work.close?.()
    },
  }
}

/** The part of the context that one tool may see: only its own entries and resources. */
function contextOf(context: ToolSetContext, type: string): ToolContext {
  const { assistant, thread } = context.resources as Record<string, Record<string, unknown>>
  return {
    ...context,
    requested: context.requested.filter((entry) => entry.type === type) as Record<string, unknown>[],
    resources: { assistant: assistant?.[type], thread: thread?.[type] },
    ended: context.ended(type),
  }
}

/**
 * A tool has one function for each of its entries. When it has more functions than entries, the rest follow its last
 * entry.
 */
function definitionsInOrder(
  requested: readonly { type: string }[],
  definitionsOf: (type: string) => OfferedTool[],
): OfferedTool[] {
  const types = requested.map(({ type }) => type)
  return types.flatMap((type, at) => {
    const place = types.slice(0, at).filter((other) => other === type).length
    const isLast = types.lastIndexOf(type) === at
    return definitionsOf(type).slice(place, isLast ? undefined : place + 1)
  })
}

/** A method exists only when a tool has it, so that the text is not searched for markers when no tool can cite. */
function joinSources(sources: readonly Sources[]): Sources {
  const all = <Member extends keyof Sources>(member: Member) => sources.flatMap((one) => one[member] ?? [])
  const files = all('fileAt')
  const beginnings = all('beginsFile')
  const citations = all('citation')
  return {
    ...(files.length > 0 && { fileAt: (path) => first(files, (find) => find(path)) }),
    ...(beginnings.length > 0 && { beginsFile: (text) => beginnings.some((begins) => begins(text)) }),
    ...(citations.length > 0 && { citation: (marker) => first(citations, (cite) => cite(marker)) }),
  }
}

function first<Item, Found>(items: Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
