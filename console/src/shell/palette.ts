import { lazily } from '../parts/lazily.tsx'

/** Loaded when it is asked for, or with `loadLater`: the first picture does not wait for it. */
export const LazyPalette = lazily(async () => (await import('./CommandPalette.tsx')).CommandPalette)
