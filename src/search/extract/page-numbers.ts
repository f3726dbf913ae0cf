/** Words next to a page number, in the languages of most documents. */
const word =
  '(?:pages?|pp?\\.|pg\\.?|seiten?|s\\.|sidan?|side|sivu|pagina|página|pág\\.?|blz\\.?|strona|strana|str\\.?|oldal|sayfa|trang|halaman|hal\\.|' +
  'страница|стр\\.?|с\\.|сторінка|σελίδα|σελ\\.|หน้า|صفحة|עמוד|第|页|頁|ページ|페이지|쪽)'
const beforeNumber = new RegExp(`(?<!\\p{L})${word}[\\s:#]*$`, 'iu')
const afterNumber = new RegExp(`^\\s*${word}(?!\\p{L})`, 'iu')
const pageWords = new RegExp(`(?<![a-zà-ÿа-я])${word}(?![a-zà-ÿа-я])`, 'giu')
const ofPages = /(?<!\p{L})(?:of|von|van|de|di|sur|av|af|z|из|з|共|全|中|총)(?![a-zà-ÿа-я])/giu
/** Text that names the number after it, which is therefore not a page number. */
const label = /(?:[:=#№$€£]|(?<!\p{L})(?:n[or°º]|num|number|nummer|numéro|número|номер)\.?)\s*$/iu
const whole = /(?<![\p{Script=Latin}\p{N}.,:/$€£-])\d{1,5}(?!\p{Script=Latin}|\p{N}|[.,:-]\d|\/\d+[/\d.])/gu

/**
 * Keys by which a line is recognized on other pages although it contains a page number. Each key is the line without
 * one number. `page` counts from 1 and is one of `pages`. A number that does not increase with the pages is content, as
 * on invoices.
 */
export function numberedKeys(line: string, page: number, pages: number): string[] {
  const numbers = [...line.matchAll(whole)]
  if (numbers.length === 0 || numbers.length > 8) return []
  const wordless = line.replace(pageWords, '')
  const bare = !/[\p{L}\p{M}]/u.test(wordless.replace(ofPages, ''))
  // In joined documents page numbers begin again at 1, but words such as "page" identify them.
  if (bare && wordless !== line && numbers.length <= 2 && !/\d[.,:-]\d/.test(line))
    return [line.replaceAll(/\d+/g, '#')]
  return numbers.flatMap((number) => {
    const [before, after] = [line.slice(0, number.index), line.slice(number.index + number[0].length)]
    const value = Number(number[0])
    if (!bare && !isOfPage(before, after) && (value > pages || !standsApart(before, after))) return []
    if (!isOfPage(before, after) && /^\/\d/.test(after) && Number.parseInt(after.slice(1), 10) !== pages)
      return []
    return [`${before}#${after} ${value - page}`]
  })
}

const isOfPage = (before: string, after: string) => beforeNumber.test(before) || afterNumber.test(after)

/** Whether a number is at one end of a line with several words. A number after a single word belongs to that word. */
function standsApart(before: string, after: string): boolean {
  const rest = (before.trim() || after.trim()).split(/\s+/)
  return (before.trim() === '' || after.trim() === '') && rest.length > 1 && !label.test(before)
}
