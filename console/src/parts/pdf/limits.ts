/** In bytes. A larger PDF would take too much of a browser's memory. */
export const largestDrawn = 100_000_000

/** How long a page may take to be drawn, in milliseconds. */
export const patience = 20_000

/** How many times as high as wide a page is shown at most. */
export const steepest = 20
