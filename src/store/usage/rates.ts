import type { Limits } from './limits.ts'

/** A limit per minute that something has to keep, and how much there is of it in a minute. */
export interface Rate {
  /** The id of its row in the database. */
  id: string
  unit: 'requests' | 'tokens'
  limit: number
  /** What it is about, in the words of an error. */
  about: string
}

/** Who asks: a project and one of its keys. `apiKey` may be '', for a run from before keys were noted. */
export interface Asking {
  project: string
  apiKey: string
}

const nameOf = (unit: Rate['unit']) =>
  unit === 'requests' ? 'max_requests_per_1_minute' : 'max_tokens_per_1_minute'

/** The limits of the project and of the key for everything that they do. */
export function ratesOf(limits: Limits, { project, apiKey }: Asking, unit: Rate['unit']): Rate[] {
  const rates: Rate[] = []
  const add = (owner: string, about: string) => {
    const limit = limits.of(owner, nameOf(unit))
    if (limit !== undefined) rates.push({ id: `${unit}\n${owner}`, unit, limit, about })
  }
  add(project, `project ${project}`)
  if (apiKey !== '') add(apiKey, `key ${apiKey} in project ${project}`)
  return rates
}

/** The limit of a project for one model, by the name of what is served. */
export function ratesOfModel(limits: Limits, project: string, model: string, unit: Rate['unit']): Rate[] {
  const limit = limits.of(project, nameOf(unit), model)
  return limit === undefined
    ? []
    : [{ id: `${unit}\n${project}\n${model}`, unit, limit, about: `${model} in project ${project}` }]
}
