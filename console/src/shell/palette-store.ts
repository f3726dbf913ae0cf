import { createSpotlight } from '@mantine/spotlight'

/** The command palette is opened from the navigation and by Ctrl-K. */
export const [paletteStore, palette] = createSpotlight()

export const openPalette = palette.open
