import { findDate } from './find-date.ts'
import type { Task } from './task.ts'

const today = `from datetime import date, datetime, timedelta, timezone

today = datetime.now(timezone.utc).date()
`
const day = (text: string) => {
  if (/^(today|now|heute|aujourd|hoy)/i.test(text.trim())) return 'today'
  if (/^(tomorrow|morgen|demain|mañana)/i.test(text.trim())) return 'today + timedelta(days=1)'
  if (/^yesterday/i.test(text.trim())) return 'today - timedelta(days=1)'
  const feast = feasts.find(([pattern]) => pattern.test(text))
  if (feast)
    return `(lambda d: d if d >= today else d.replace(year=d.year + 1))(date(today.year, ${feast[1]}))`
  const found = findDate(text, new Date(), true)
  const [, year, month, of] = /^(\d{4})-(\d{2})-(\d{2})/.exec(found ?? '') ?? []
  return year && `date(${Number(year)}, ${Number(month)}, ${Number(of)})`
}
const feasts: [RegExp, string][] = [
  [/christmas eve|heiligabend/i, '12, 24'],
  [/christmas|xmas|weihnachten|noël|navidad/i, '12, 25'],
  [/new year'?s eve|silvester/i, '12, 31'],
  [/new year|neujahr/i, '1, 1'],
  [/halloween/i, '10, 31'],
  [/valentine/i, '2, 14'],
]

/** A Python program, and a function that makes the answer from its output. */
type Computed = [program: string, answer: (output: string) => string]

/** Patterns of questions about a date, a weekday or a number of days, each with the program that answers them. */
const asks: [RegExp, (match: string[]) => Computed | '' | undefined][] = [
  [
    /\bwhat(?:['’]?s| is) (?:the )?(?:current )?time(?: is it)?(?: now| right now| please)?\s*\??$|^what time is it(?: now| right now)?\s*\??$|\bwie ?(?:spät ist es|viel uhr)|\bquelle heure est-il|\bqué hora es/i,
    () => [
      `print(datetime.now(timezone.utc).strftime('%H:%M'))`,
      (output) => `By the clock of the sandbox it is ${output} UTC.`,
    ],
  ],
  [
    /\bwhat(?:['’]?s| is) (?:the )?(?:date|day)(?: is it)?(?: today| now)?\s*\??$|\btoday['’]?s date\b|\bwhat (?:day|date) is (?:it|today)\b|\bwelche[rns]? (?:tag|datum) (?:ist|haben)|\bquel jour (?:est-on|sommes-nous)|\bqué (?:día|fecha) es/i,
    () => [
      `print(today.strftime('%A, %d %B %Y'))`,
      (output) => `By the clock of the sandbox it is ${output} (UTC).`,
    ],
  ],
  [
    /\b(?:days|weeks|tage) (?:are there |are |is it |lie )?(?:between|from|zwischen) (.+?) (?:and|to|until|und) (.+)/i,
    ([, a = '', b = '']) => between(a, b),
  ],
  [
    /\b(?:days|weeks|tage) (?:are there |are left |left |is it |remain )*(?:until|till|to|before|bis) (.+)/i,
    ([, to = '']) => between('today', to),
  ],
  [
    /\b(?:days|weeks) (?:have passed |passed |is it |has it been )*since (.+)/i,
    ([, from = '']) => between(from, 'today'),
  ],
  [
    /\bwhat(?:['’]?s| is| was| will be) the (?:date|day) (tomorrow|yesterday)|\b(?:what|which) (?:day|date) (?:of the week )?(?:is|was|will be|will|falls on|does) (.+)|\b(?:what|which) weekday (?:is|was|will be) (.+)|\bwelcher wochentag (?:ist|war) (?:der )?(.+)/i,
    ([, ...given]) => {
      const text = given.find(Boolean) ?? ''
      const at = day(text)
      return (
        at && [
          `day = ${at}\nprint(day.strftime('%A'), day.isoformat())`,
          (output) => output.replace(/^(\w+) (.*)$/, '$2 is a $1.'),
        ]
      )
    },
  ],
  [
    /\b(\d{1,5}) (days?|weeks?) (from|after|before|ago)(?: (.+))?/i,
    ([, count = '', unit = '', where = '', of = 'today']) => {
      const at = day(of || 'today')
      const sign = /before|ago/i.test(where) ? '-' : '+'
      const days = `timedelta(${/week/i.test(unit) ? 'weeks' : 'days'}=${count})`
      return (
        at && [`print((${at} ${sign} ${days}).strftime('%A, %d %B %Y'))`, (output) => `That is ${output}.`]
      )
    },
  ],
  [
    /\bis (\d{4}) a leap year\b|\bwas (\d{4}) a leap year\b|\bist (\d{4}) ein schaltjahr\b/i,
    ([, ...given]) => {
      const year = given.find(Boolean) ?? ''
      return [
        `import calendar\nprint(calendar.isleap(${Number(year)}))`,
        (output) =>
          `${output === 'True' ? 'Yes' : 'No'}, ${year} is ${output === 'True' ? '' : 'not '}a leap year.`,
      ]
    },
  ],
]

function between(a: string, b: string): Computed | undefined {
  const [from, to] = [day(a), day(b)]
  return from && to
    ? [
        `print((${to} - ${from}).days)`,
        (output) => `That is ${output} days (${(Number(output) / 7).toFixed(1)} weeks).`,
      ]
    : undefined
}

/** Answers questions about dates: the date of today, the weekday of a date, the time until a date. */
export function dateTask(question: string): Task | undefined {
  for (const [pattern, read] of asks) {
    const match = pattern.exec(question.trim())
    const found = match && read([...match].map((part) => part ?? ''))
    if (!found) continue
    const [program, answer] = found
    return { programs: [`${today}${program}`], about: 'the date', answer: (output) => answer(output.trim()) }
  }
  return undefined
}
