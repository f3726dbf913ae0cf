import { lazily } from '../parts/lazily.tsx'

const load = async () => (await import('./CommandPalette.tsx')).CommandPalette

/** Loaded when it is asked for, or when a page has been there for a moment: the first picture does not wait for it. */
export const LazyPalette = lazily(load)

export const loadPalette = (): unknown => load().catch(() => undefined)
