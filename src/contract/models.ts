export interface Model {
  id: string
  object: 'model'
  created: number
  owned_by: string
}

/** The only list without cursors. */
export interface ModelList {
  object: 'list'
  data: Model[]
}

export const toModel = (listed: { id: string; created: number; owned_by: string }): Model => ({
  id: listed.id,
  object: 'model',
  created: listed.created,
  owned_by: listed.owned_by,
})
