const ligatures = ['ff', 'fi', 'fl', 'ffi', 'ffl', 'st', 'st']

/**
 * One form of text for search and for quotes: composed characters, line feeds, no ligatures, nothing invisible. A
 * hyphen that only marks where a line was broken goes with the break.
 */
export function normaliseText(text: string): string {
  return (
    text
      .toWellFormed()
      .replace(/\r\n?|\u2028|\u2029/g, '\n')
      .replace(/\u00ad[ \t]*\n[ \t]*/g, '')
      .replace(/[\ufb00-\ufb06]/g, (sign) => ligatures[sign.charCodeAt(0) - 0xfb00] ?? sign)
      // PDFium writes U+FFFE for a hyphen at a line's end; deleting it joins the word again.
      .replace(/[\0\u00ad\ufffe\uffff\u200b\ufeff]/g, '')
      .normalize('NFC')
  )
}
