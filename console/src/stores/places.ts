export const inPages = (start: number, end: number | null): string =>
  end === null || end === start ? `page ${start}` : `pages ${start} to ${end}`

/** The address of a file of a store with a passage marked, where its place is known. */
export const addressOfPassage = (
  storeId: string,
  fileId: string,
  { start, end }: { start?: number | null; end?: number | null },
): string => `/${storeId}/files/${fileId}${start == null || end == null ? '' : `?start=${start}&end=${end}`}`
