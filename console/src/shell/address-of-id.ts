const prefixes: Record<string, string> = {
  asst: 'assistants',
  thread: 'threads',
  run: 'runs',
  file: 'files',
  vs: 'stores',
}

/** The address of what an id of the API names. Undefined when the text is no such id. */
export function addressOfId(id: string): string | undefined {
  const prefix = /^([a-z]+)[_-][A-Za-z0-9_-]+$/.exec(id)?.[1]
  const room = prefix === undefined ? undefined : prefixes[prefix]
  return room && `/${room}/${id}`
}
