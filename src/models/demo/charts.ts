import { chartKinds, chartPrograms, chartTold, curvePrograms, type ChartKind } from './chart-programs.ts'
import { findMath } from './expression.ts'
import { link } from './files.ts'
import { maxDigits, resultTooLarge } from './arithmetic.ts'
import { inSymbols } from './numbers-in-words.ts'
import { said, type Task } from './task.ts'

const asks =
  /\b(plot|graph|draw|chart|histogram|visuali[sz]e|sketch|diagram)s?\b|\w*diagramm\b|\b(zeichne|dessine|trace|tracer|dibuja|gr[aá]fic[ao]|graphique|camembert|grafik)/i

/** Words for the kinds of charts, in several languages. */
const words: [ChartKind, RegExp][] = [
  ['pie', /\b(pie|donut|doughnut|camembert|circulaire|circular|pastel)\b|\b(kreis|torten|kuchen)diagramm/i],
  ['histogram', /\bhistogram/i],
  ['scatter', /\bscatter|\bstreudiagramm|\bnuage de points|\bdispersi[oó]n/i],
  ['line', /\bline|\blinien|\blignes?\b|\bcourbe|\bl[ií]neas?\b/i],
  ['bar', /\bbar|\bbalken|\bs[aä]ulen|\bbarres?\b|\bcolumn chart/i],
]
const others =
  /\b(heat ?map|box ?plots?|violin|3d|three-dimensional|radar|candlestick|treemap|sankey|gantt|network|flow ?chart|mind ?map|org(?:ani[sz]ation)? chart|venn|animated|map)\b/i
const noCharts =
  /\b(cat|dog|house|horse|person|face|picture|image|logo|unicorn|tree|flower|car|portrait|heart|map|landscape|bild|katze|hund|haus|chat|chien|maison|gato|perro|casa)\b/i

/** The kind of chart that a text asks for. Undefined when it does not ask for a chart. */
export function chartKind(question: string): ChartKind | undefined {
  if (!asks.test(question)) return undefined
  return words.find(([, pattern]) => pattern.test(question))?.[0] ?? 'bar'
}

/** Reads texts such as "Plot x^2 from 0 to 3". */
export function plotTask(question: string): Task | undefined {
  if (!asks.test(question)) return undefined
  const text = inSymbols(question).replace(/\b(?:y|f\s*\(\s*x\s*\))\s*=\s*/i, '')
  const reach =
    /\b(?:from|between|for x (?:in|from)|von|de|entre|desde)\s+(-?\d+(?:\.\d+)?)\s*(?:to|and|bis|à|et|a|hasta|y|\.\.)\s*(-?\d+(?:\.\d+)?)/i.exec(
      text,
    )
  const { expressions, equations } = findMath(text.slice(0, reach?.index))
  const curve = expressions.find(({ unknowns }) => unknowns.length === 1)
  const [unknown] = curve?.unknowns ?? []
  if (!curve || !unknown) {
    const surface = [...equations, ...expressions].find(({ unknowns }) => unknowns.length > 1)
    return surface && said(`I cannot plot ${surface.text}: I draw curves of one unknown, such as x^2.`)
  }
  if (curve.digits > maxDigits) return said(resultTooLarge(curve.text, curve.digits))
  const [a, b] = [Number(reach?.[1] ?? -10), Number(reach?.[2] ?? 10)]
  const [from, to] = a < b ? [a, b] : a > b ? [b, a] : [a, a + 1]
  const left = expressions.filter((one) => one !== curve && one.unknowns.length === 1)
  const more = left.length > 0 ? ` I draw one curve at a time: ask for ${left[0]?.text} by itself.` : ''
  const points = `from math import *

def f(${unknown}):
    try:
        return float(${curve.python})
    except (ArithmeticError, ValueError, TypeError):
        return nan

xs = [${from} + (${to} - ${from}) * n / 600 for n in range(601)]
ys = [f(x) for x in xs]
`
  return {
    programs: curvePrograms(points, curve.text),
    about: `the plot of ${curve.text}`,
    answer: () => `Here is the plot of ${curve.text} from ${from} to ${to}: ${link('plot.png')}${more}`,
  }
}

/**
 * Reads texts such as "Draw a bar chart of apples 3, pears 5". The task may also be an answer that says why there is no
 * chart. With `hasTable` the numbers may be in a file.
 */
export function chartTask(question: string, hasTable: boolean): Task | undefined {
  const kind = chartKind(question)
  if (kind === undefined) return undefined
  const other = others.exec(question)?.[1]
  if (other)
    return said(`I cannot draw that (${other}). I draw ${listed} charts of numbers, and curves such as x^2.`)
  const pairs = namedNumbers(question)
  if (hasTable) return undefined
  if (/\bx\s*[=:].*\d.*\by\s*[=:].*\d/is.test(question))
    return said(
      'I draw one list of values, such as "line chart of Mon 3, Tue 5, Wed 4", and no pairs of x and y.',
    )
  if (pairs.length < 2) {
    const picture = noCharts.test(question) && !/\b(chart|plot|graph|histogram)\b/i.test(question)
    return said(
      picture
        ? `I cannot draw pictures. I draw ${listed} charts of numbers, and curves: "Plot x^2 from 0 to 3".`
        : `Which numbers shall I draw? For example: "Draw a ${kind} chart of apples 3, pears 5, plums 2". I can also plot a curve ("Plot x^2 from 0 to 3") or a CSV file that you attach.`,
    )
  }
  const values = `labels = ${JSON.stringify(pairs.map(([label]) => label))}\nvalues = [${pairs.map(([, n]) => n).join(', ')}]\n`
  const negative = pairs.some(([, n]) => Number(n) < 0)
  if (kind === 'pie' && negative)
    return said('A pie chart has no room for negative numbers. Ask for a bar chart.')
  return { programs: chartPrograms(values, kind), about: `the ${kind} chart`, answer: () => chartTold(kind) }
}

const listed = `${chartKinds.slice(0, -1).join(', ')} and ${chartKinds.at(-1)}`

const filler =
  /^.*\b(of|with|and|values?|numbers?|data|from|to|for|showing|chart|graph|histogram|plot|the|draw|these|und|mit|von|et|avec|de|y|con|los|las|diagramm|sales|where|has|have|is|are)\b\s*/iu

/** The numbers of a text, each with a label: the word before it, the word after it ("30% rent"), or its position. */
export function namedNumbers(question: string): [string, string][] {
  const text = question.replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, '')
  const after = [
    ...text.matchAll(
      /(?<![\p{L}\d.,])(-?\d+(?:\.\d+)?)\s*(?:%|percent)?\s+(?:(?:of|for|are|is)\s+)?([\p{L}][\p{L} ]{0,20}?)(?=\s*(?:,|;|\.|\?|$|\band\b|\bund\b|\bet\b|\by\b))/giu,
    ),
  ]
  const before = [
    ...text.matchAll(
      /(?:([\p{L}](?:[\p{L} ]{0,20}[\p{L}])?)\s*(?:[:=(]|\bis\b|\bhas\b|\bare\b)?\s*)?(?<![\w.])\$?(-?\d+(?:\.\d+)?)(?![\w])/gu,
    ),
  ]
  if (after.length >= 2 && after.length === before.length) {
    return after.map(([, number = '', label = '']) => [label.trim(), number])
  }
  return before.map(([, label = '', number = ''], at) => {
    const name = label
      .trim()
      .replace(filler, '')
      .replace(/^(of|and|with|und|et|y)$/i, '')
    return [name || String(at + 1), number]
  })
}
