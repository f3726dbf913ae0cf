const ligatures = ['ff', 'fi', 'fl', 'ffi', 'ffl', 'st', 'st']

/**
 * Text in one form for search and for quotes: with composed characters and line feeds, without ligatures and invisible
 * characters. A hyphen that only marks a line break is removed together with the break.
 */
export function normaliseText(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/\r\n?|\u2028|\u2029/g, '\n')
      .replace(/\u00ad[ \t]*\n[ \t]*/g, '')
      .replace(/[\ufb00-\ufb06]/g, (sign) => ligatures[sign.charCodeAt(0) - 0xfb00] ?? sign)
      // PDFium writes U+FFFE for a hyphen at the end of a line. Without it the word is joined again.
      .replace(/[\0\u00ad\ufffe\uffff\u200b\ufeff]/g, '')
      .normalize('NFC')
  )
}
