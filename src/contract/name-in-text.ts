/**
 * Control characters, marks that turn the direction of text (they make `exe.txt` of `txt.exe`), ends of lines and what is
 * no text.
 */
const misleading =
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]/g

/** Enough of both ends of a name: its beginning says most, its end has the extension. */
const head = 80
const tail = 30

/**
 * A file's name as it may stand in a text that a model reads, or between the signs of a citation. Names are strangers'
 * text: it is one line of bounded length, in which no sign of a citation is left.
 */
export function shownName(filename: string): string {
  const signs = Array.from(filename.replaceAll(misleading, ' ').replaceAll(/[【】]/g, ' '))
  const cut = signs.length > head + tail + 1
  return cut ? [...signs.slice(0, head), '…', ...signs.slice(-tail)].join('') : signs.join('')
}

/** The same in quotes, which it cannot end. */
export const quotedName = (filename: string): string => JSON.stringify(shownName(filename))
