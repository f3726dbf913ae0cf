import { plainNumbers, digitsForWords } from './numerals.ts'
import { said, type Task } from './task.ts'

/** Units by kind. Each has its size relative to the first unit of the kind. */
const kinds: Record<string, [number, string][]> = {
  length: [
    [1, 'm meter meters metre metres'],
    [1000, 'km kilometer kilometers kilometre kilometres kilomètres kilómetros'],
    [0.01, 'cm centimeter centimeters centimetre centimetres zentimeter'],
    [0.001, 'mm millimeter millimeters millimetre millimetres'],
    [1609.344, 'mile miles mi meilen millas'],
    [0.9144, 'yard yards yd'],
    [0.3048, 'foot feet ft'],
    [0.0254, 'inch inches in'],
    [1852, 'nautical-mile nautical-miles'],
  ],
  mass: [
    [1, 'g gram grams gramm gramme grammes gramos'],
    [1000, 'kg kilogram kilograms kilo kilos'],
    [0.001, 'mg milligram milligrams'],
    [453.59237, 'lb lbs pound pounds'],
    [28.349523125, 'oz ounce ounces'],
    [1e6, 't tonne tonnes ton tons'],
    [6350.29318, 'stone stones'],
  ],
  volume: [
    [1, 'l liter liters litre litres'],
    [0.001, 'ml milliliter milliliters millilitre millilitres'],
    [3.785411784, 'gallon gallons gal'],
    [0.946352946, 'quart quarts'],
    [0.473176473, 'pint pints'],
    [0.2365882365, 'cup cups'],
    [0.01478676478125, 'tablespoon tablespoons tbsp'],
    [0.00492892159375, 'teaspoon teaspoons tsp'],
  ],
  time: [
    [1, 's second seconds sec sekunden secondes segundos'],
    [60, 'minute minutes min minuten minutos'],
    [3600, 'h hour hours stunde stunden heure heures hora horas'],
    [86_400, 'day days tag tage tagen jour jours día días'],
    [604_800, 'week weeks woche wochen semaine semaines semana semanas'],
    [31_536_000, 'year years jahr jahre ans año años'],
    [0.001, 'ms millisecond milliseconds'],
  ],
  data: [
    [1, 'byte bytes'],
    [0.125, 'bit bits'],
    [1e3, 'kb kilobyte kilobytes'],
    [1e6, 'mb megabyte megabytes'],
    [1e9, 'gb gigabyte gigabytes'],
    [1e12, 'tb terabyte terabytes'],
    [1024, 'kib'],
    [1_048_576, 'mib'],
    [1_073_741_824, 'gib'],
  ],
  speed: [
    [1, 'm/s'],
    [1 / 3.6, 'km/h kmh kph'],
    [0.44704, 'mph'],
    [1852 / 3600, 'knot knots kn'],
  ],
  area: [
    [1, 'm² m2 square-meters'],
    [10_000, 'hectare hectares ha'],
    [4046.8564224, 'acre acres'],
    [1e6, 'km² km2'],
  ],
}

const known = new Map(
  Object.entries(kinds).flatMap(([kind, units]) =>
    units.flatMap(([size, names]) => names.split(' ').map((name) => [name, { kind, size }] as const)),
  ),
)
const temperatures: Record<string, 'C' | 'F' | 'K'> = {
  c: 'C',
  celsius: 'C',
  centigrade: 'C',
  f: 'F',
  fahrenheit: 'F',
  k: 'K',
  kelvin: 'K',
}

const unit = String.raw`°?\s?(?:degrees? |grad |degrés? |grados? )?([\p{L}²/]+[²2]?)`
const asks = [
  new RegExp(
    String.raw`(-?\d+(?:\.\d+)?(?:e\d+)?)\s*${unit}\s+(?:to|in|into|as|nach|en|a|is how many|equals how many|is what in|=)\s+(?:\?\s*)?${unit}\s*(?:[?.!]|$|please|is|are|equal|bitte)`,
    'iu',
  ),
  new RegExp(
    String.raw`(?:how many|wie ?viele?|combien d['e]\s?|cuánt[ao]s)\s*${unit}\s+(?:are |is |there |hat |sind |hay |y a-t-il |in |fit |make |do |does |equal |be |there)*\s*(?:in|are|is|hat|dans|en|make|makes|equals?)?\s*(an?|one|ein(?:e[mnr]?)?|un[ae]?|-?\d+(?:\.\d+)?)\s*${unit}`,
    'iu',
  ),
]
const money =
  /\b(dollars?|usd|eur|euros?|gbp|pounds? sterling|yen|jpy|chf|francs?|rupees?|inr|bitcoins?|btc|pesos?)\b/i

/** Reads texts such as "Convert 5 miles to km", "100 °F in Celsius" and "How many seconds are in a day?". */
export function unitTask(question: string): Task | undefined {
  const text = plainNumbers(digitsForWords(question)).replaceAll(/(?<=\d)\s*°\s*(?=[CFK]\b)/gi, ' ')
  const both = new RegExp(
    String.raw`(\d+(?:\.\d+)?)\s*${unit}[\s,]+(?:and )?(\d+(?:\.\d+)?)\s*${unit}\s+(?:to|in|into|as)\s+${unit}`,
    'iu',
  ).exec(text)
  if (both) return together(both.slice(1).map((part) => part.toLowerCase()))
  const [there, back] = asks.map((pattern) => pattern.exec(text))
  const found = there ? [there[1], there[2], there[3]] : back ? [back[2], back[3], back[1]] : undefined
  if (!found) return undefined
  const [count = '', from = '', to = ''] = found.map((part) => part?.toLowerCase())
  const value = /\d/.test(count) ? count : '1'
  if (money.test(from) && money.test(to))
    return said(
      'I know no exchange rates. I convert lengths, weights, volumes, times, temperatures and sizes of data.',
    )
  const degrees = [temperatures[from], temperatures[to]] as const
  if (degrees[0] && degrees[1] && (there || /degree|celsius|fahrenheit|kelvin/.test(text)))
    return inDegrees(value, degrees[0], degrees[1])
  const [a, b] = [known.get(from), known.get(to)]
  if (!a || !b) return undefined
  if (a.kind !== b.kind)
    return said(`${from} and ${to} do not measure the same: one is a ${a.kind}, the other a ${b.kind}.`)
  return converted(`${value} * ${a.size} / ${b.size}`, `${value} ${from}`, to)
}

/** Converts two units together, as in "5 feet 10 inches in cm". */
function together([count = '', from = '', more = '', rest = '', to = '']: string[]): Task | undefined {
  const units = [known.get(from), known.get(rest), known.get(to)]
  const [a, b, c] = units
  if (!a || !b || !c || a.kind !== b.kind || b.kind !== c.kind) return undefined
  return converted(
    `(${count} * ${a.size} + ${more} * ${b.size}) / ${c.size}`,
    `${count} ${from} ${more} ${rest}`,
    to,
  )
}

function inDegrees(value: string, from: 'C' | 'F' | 'K', to: 'C' | 'F' | 'K'): Task {
  const celsius = { C: value, F: `(${value} - 32) * 5 / 9`, K: `${value} - 273.15` }[from]
  const python = { C: celsius, F: `(${celsius}) * 9 / 5 + 32`, K: `${celsius} + 273.15` }[to]
  const sign = { C: '°C', F: '°F', K: 'K' }
  return converted(python, `${value} ${sign[from]}`, sign[to])
}

function converted(python: string, from: string, to: string): Task {
  const program = `value = round(${python}, 9)\nprint(int(value) if value == int(value) else f'{value:.8g}')`
  return {
    programs: [program],
    about: `${from} in ${to}`,
    answer: (output) => `${from} = ${output.trim()} ${to}`,
  }
}
