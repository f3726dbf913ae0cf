/**
 * Control characters, marks that change the direction of text (they can make `txt.exe` look like `exe.txt`), line ends,
 * and the replacement character.
 */
const misleading =
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]/g

/** Both ends of a long name are kept, because the beginning tells most and the end has the extension. */
const head = 80
const tail = 30

/**
 * The name of a file as it may stand in a text for a model, or between the brackets of a citation. Names are untrusted
 * text, so the result is one line of limited length, without the brackets of citations.
 */
export function shownName(filename: string): string {
  const signs = Array.from(filename.replaceAll(misleading, ' ').replaceAll(/[【】]/g, ' '))
  const cut = signs.length > head + tail + 1
  return cut ? [...signs.slice(0, head), '…', ...signs.slice(-tail)].join('') : signs.join('')
}

/** The same name in quotation marks, which the name itself cannot close. */
export const quotedName = (filename: string): string => JSON.stringify(shownName(filename))
