import { digitsForWords } from './numerals.ts'
import { plainMath } from './plain-math.ts'

const value = String.raw`(\d+(?:\.\d+)?)`
const inText = (pattern: string) => new RegExp(pattern.replaceAll('#', value), 'giu')

/** Calculations in words, with the most specific first. `#` stands for a number. */
const phrases: [RegExp, string][] = (
  [
    [String.raw`\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}\/\d{1,2}\/\d{2,4}\b|\b\d{1,2}\.\d{1,2}\.\d{4}\b`, ' ; '],
    [String.raw`(?:what|which) (?:percent(?:age)?|%) (?:of # is #|is # of #)`, ''],
    [String.raw`#\s*(?:%|percent) (?:off|discount on|less than) (?:of )?#`, '$2*(1 - $1/100)'],
    [String.raw`#\s*(?:%|percent) (?:tip|vat|tax) (?:on|of|for) #`, '$1/100*$2'],
    [String.raw`(?:increase|raise) # by #\s*(?:%|percent)`, '$1*(1 + $2/100)'],
    [String.raw`(?:decrease|reduce|lower) # by #\s*(?:%|percent)`, '$1*(1 - $2/100)'],
    [String.raw`#\s*([+-])\s*#\s*%(?!\s*[\d(])`, '$1*(1 $2 $3/100)'],
    [String.raw`#\s*(?:%|percent|prozent|pour ?cent|por ciento) (?:of|von|de|del) (?:the )?#`, '$1/100*$2'],
    [
      String.raw`(?:square root of|(?:quadrat)?wurzel (?:aus|von)|racine (?:carrée )?de|raíz cuadrada de) #`,
      'sqrt($1)',
    ],
    [String.raw`(?:cube root of|kubikwurzel (?:aus|von)|racine cubique de|raíz cúbica de) #`, 'cbrt($1)'],
    [String.raw`(?:the )?square of #`, '$1^2'],
    [String.raw`(?:the )?cube of #`, '$1^3'],
    [String.raw`# dozen(?:s)?\b`, '$1*12'],
    [String.raw`# (?:is )?(?:greater|bigger|larger|more|higher) than #`, '$1 > $2'],
    [String.raw`# (?:is )?(?:less|smaller|lower|fewer) than #`, '$1 < $2'],
    [String.raw`# (?:is )?(?:equals?|equal to|the same as) #`, '$1 = $2'],
    [String.raw`factorial of (\d+)`, 'factorial($1)'],
    [String.raw`# factorial\b`, 'factorial($1)'],
    [
      String.raw`(?:greatest common (?:divisor|factor)|gcd|gcf|hcf) (?:of )?(\d+)(?:,| and| &) ?(\d+)`,
      'gcd($1, $2)',
    ],
    [
      String.raw`(?:least common multiple|lowest common multiple|lcm) (?:of )?(\d+)(?:,| and| &) ?(\d+)`,
      'lcm($1, $2)',
    ],
    [String.raw`(\d+)\/(\d+) of (?:the )?#`, '$1/$2*$3'],
    [String.raw`\bhalf of #`, '$1/2'],
    [String.raw`\b(?:a |one )?third of #`, '$1/3'],
    [String.raw`\b(?:a |one )?quarter of #`, '$1/4'],
    [String.raw`\bhälfte von #|\bla moitié de #|\bla mitad de #`, '$1$2$3/2'],
    [String.raw`\b(?:double|twice) #`, '2*$1'],
    [String.raw`\btriple #`, '3*$1'],
    [String.raw`\badd # (?:to|and) #`, '$1 + $2'],
    [String.raw`\bsubtract # from #`, '$2 - $1'],
    [String.raw`\bmultiply # (?:by|and|with) #`, '$1 * $2'],
    [String.raw`\bdivide # by #`, '$1 / $2'],
    [String.raw`(?<=[\d)] )(?:plus|más)(?= [-\d(])`, '+'],
    [String.raw`(?<=[\d)] )(?:minus|moins|menos)(?= [-\d(])`, '-'],
    [
      String.raw`(?<=[\d)] )(?:times|multiplied by|mal|fois|multiplié par|por|multiplicado por)(?= [-\d(])`,
      '*',
    ],
    [
      String.raw`(?<=[\d)] )(?:divided by|over|geteilt durch|durch|divisé par|dividido (?:por|entre)|entre)(?= [-\d(])`,
      '/',
    ],
    [
      String.raw`(?<=[\d)] )(?:(?:raised )?to the power (?:of )?|raised to |hoch|puissance|elevado a)(?= ?[-\d(])`,
      '^',
    ],
    [String.raw`(?<=[\d)]) (?:squared|zum quadrat|au carré|al cuadrado)(?!\p{L})`, '^2'],
    [String.raw`(?<=[\d)]) (?:cubed|au cube|al cubo)(?!\p{L})`, '^3'],
  ] satisfies [string, string][]
).map(([pattern, symbols]) => [inText(pattern), symbols])

/** The text with digits and symbols in place of numbers and calculations in words. */
export function inSymbols(question: string): string {
  let text = plainMath(digitsForWords(question))
  for (const [pattern, symbols] of phrases) {
    text = text.replace(pattern, (...match) => {
      const groups = match as (string | undefined)[]
      if (symbols !== '') return symbols.replaceAll(/\$(\d)/g, (_, at: string) => groups[Number(at)] ?? '')
      // The two forms "What percent of 20 is 5" and "what percent is 5 of 20".
      const [, whole, part, other, all] = groups
      return part !== undefined ? `${part}/${whole}*100` : `${other}/${all}*100`
    })
  }
  return text
}
