export const inPages = (start: number, end: number | null): string =>
  end === null || end === start ? `page ${start}` : `pages ${start} to ${end}`
