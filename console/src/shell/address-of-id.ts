import type { Room } from './rooms.ts'

const prefixes: Record<string, string> = {
  asst: 'assistants',
  thread: 'threads',
  run: 'runs',
  file: 'files',
  vs: 'stores',
  resp: 'responses',
  conv: 'conversations',
  cntr: 'containers',
  trace: 'traces',
  proj: 'projects',
}

/** The address of what an id of the API names in one of these rooms. Undefined when the text is no such id. */
export function addressOfId(id: string, rooms: Room[]): string | undefined {
  const prefix = /^([a-z]+)[_-][A-Za-z0-9_-]+$/.exec(id)?.[1]
  const room = rooms.find(({ path }) => prefix !== undefined && path === prefixes[prefix])
  return room && `/${room.path}/${id}`
}
