import { plainNumbers } from './numerals.ts'

/** Replaces mathematical signs and words by symbols that are on a keyboard. */
export function plainMath(text: string): string {
  return plainNumbers(text)
    .replaceAll(/[−–]/g, '-')
    .replaceAll(/[×·⋅]/g, '*')
    .replaceAll('÷', '/')
    .replaceAll('²', '^2')
    .replaceAll('³', '^3')
    .replaceAll('π', 'pi')
    .replaceAll(/\|([^|]{1,100})\|/g, 'abs($1)')
    .replaceAll('≤', '<=')
    .replaceAll('≥', '>=')
    .replaceAll('≠', '!=')
    .replaceAll(/√\s*/g, 'sqrt ')
    .replaceAll(
      /(\d+(?:\.\d+)?)\s*(?:°|degrees?\b|grad\b)(?!\s*[CFK]\b|\s*(?:celsius|fahrenheit))/gi,
      'radians($1)',
    )
    .replaceAll(/[`$€£]|\\[()[\]]/g, ' ')
    .replaceAll(/(?<=\d)\s+[xX]\s+(?=\d)/g, ' * ')
    .replace(/^((?:what(?:['’]?s| is)|calculate|compute)?\s*\d+)[xX](?=\d+\s*[?=.]*$)/i, '$1 * ')
    .replaceAll(/(?<=[\d)])\s+mod(?:ulo)?\s+(?=[\d(])|(?<=[\d)])\s*%\s*(?=[\d(])/gi, ' % ')
}
