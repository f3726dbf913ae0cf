import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { connectHint } from '../describe.ts'
import type { DemoConversation, DoneCall } from './parse-conversation.ts'
import { noWorkbooks, workbook } from './files.ts'
import { languageOf } from './language.ts'
import type { SmallTalk } from './small-talk.ts'

const who = "I am Threadmill's built-in demo: a small planner, openly not a language model."
const hint = `To connect a language model, ${connectHint}.`

/** Tells users of other languages that the answers are in English. */
const apology = {
  en: '',
  de: 'Ich verstehe ein wenig Deutsch und antworte auf Englisch. ',
  fr: 'Je comprends un peu de français et je réponds en anglais. ',
  es: 'Entiendo un poco de español y respondo en inglés. ',
}

/** The answer when there is nothing to do: what the demo is, what it can do here, and how to connect a model. */
export function introduce(
  { question, pictures }: Pick<DemoConversation, 'question' | 'pictures'>,
  tools: LanguageModelV4FunctionTool[],
  talk: SmallTalk | undefined,
): string {
  const language = apology[languageOf(question)]
  switch (talk?.kind) {
    case 'reply':
      return talk.text
    case 'greeting':
      return `Hello! ${language}${who} ${abilities(tools)} ${hint}`
    case 'who':
      return `${language}${who} ${abilities(tools)} ${hint}`
    case 'help':
      return help(language, tools)
    default:
      return `${language}${pictures > 0 ? 'I cannot see pictures.' : cannot(question)} ${who} ${abilities(tools)} ${hint}`
  }
}

/** Frequent requests that the demo cannot fulfil. Each has its own text, so that the refusal fits the request. */
const beyond: [RegExp, string][] = [
  [/^[^\p{L}\p{N}]*$/u, 'There is no question in this that I can read.'],
  [
    /\b(?:ignore|disregard|forget|override|bypass)\b.*\b(?:instructions?|rules?|prompts?|everything|previous|above)\b|\b(?:system|initial|hidden) (?:prompt|instructions?|message)\b|\b(?:jailbreak|developer mode|DAN)\b|\byour (?:instructions|prompt|rules|secrets?|api key|password)\b|\bapi[- ]?key\b|\bpretend (?:to be|you)\b|\bact as\b/i,
    'There is nothing to talk me into or out of: I follow rules in a program, and tell nothing of instructions or keys.',
  ],
  [
    /\b(?:translate|übersetze?|traduis|traduire|traduce|translation)\b|\bhow do (?:you|i) say\b/i,
    'I cannot translate.',
  ],
  [
    /\bjokes?\b|\bwitz\b|\bblague\b|\bchiste\b|\bmake me laugh\b|\bsomething funny\b/i,
    'I know no jokes: a planner of a few hundred lines has no humour.',
  ],
  [
    /\b(?:write|compose|draft|create|generate|make|schreibe?|écris|escribe|tell me|erzähl)\b.*\b(?:poems?|story|stories|essay|letter|email|haiku|song|lyrics|article|blog|tweet|speech|gedicht|geschichte|brief|poème|histoire|poema|historia|cuento|carta|lettre|novel|slogan|cover letter|resume|cv|recipe)\b|\b(?:poem|haiku|limerick)\b/i,
    'I cannot write texts.',
  ],
  [
    /\b(?:write|implement|code|create|make|build|generate|fix|debug|refactor|schreibe?|écris|escribe|show me|give me)\b.*\b(?:code|program|script|function|class|algorithm|app|website|game|regex|query|sql|html|css|javascript|typescript|java|rust|go|c\+\+|c#|python|bash|programm|funktion|fonction|función|api|server|component|test)s?\b/i,
    'I write programs only for what I can plan: equations, calculations, plots and tables. Python that you put between ``` I run as it is.',
  ],
  [
    /\b(?:derivative|differentiate|integral|integrate|limit of|matrix|matrices|determinant|eigenvalue|prove|proof|theorem|factor the polynomial|simplify|ableitung|ableiten|dérivée|derivada|intégrale|integrales?)\b/i,
    'I do no calculus, algebra of terms or proofs.',
  ],
  [
    /\b(?:exchange rate|stock price|share price|bitcoin|news|latest|current|today|tonight|tomorrow|weather|wetter|météo|clima|score|election|price of|lottery|forecast)\b/i,
    'I know nothing of the world outside, neither news nor weather nor prices.',
  ],
  [
    /\b(?:draw|paint|generate|create|make)\b.*\b(?:picture|image|photo|drawing|logo|cat|dog|video|music)\b/i,
    'I make no pictures except charts.',
  ],
  [
    /\b(?:remember|remind|alarm|timer|browse|google|search the (?:web|internet)|open (?:a )?(?:website|browser)|https?:\/\/)\b/i,
    'I cannot reach the internet, and keep no reminders.',
  ],
  [
    /\b(?:should i|advice|recommend|suggest|suicid|kill myself|depress|doctor|medical|legal|invest|lonely|sad)\b/i,
    'I give no advice: please ask a person whom you trust.',
  ],
  [
    /\b(?:who|what|where|when|why|how|which|whose|explain|define|tell me about|is|are|does|do|did|was|were|can|wer|was|wo|wann|warum|wie|welche[rs]?|erkläre?|qui|quoi|où|quand|pourquoi|comment|quel(?:le)?s?|explique|quién|qué|dónde|cuándo|por qué|cómo|cuál(?:es)?|explica)\b/iu,
    'This is beyond me: I know nothing of the world.',
  ],
]

/** Requests of a kind that the demo knows, but with something missing or in a form that it cannot read. */
const unfit: [RegExp, string][] = [
  [workbook, noWorkbooks],
  [
    /^\s*(?:please |bitte |can you )*(?:solve|calculate|compute|evaluate|löse|berechne|rechne|résous|calcule|resuelve|calcula)\b/iu,
    'I see no equation or calculation here that I can read. Write it in symbols: "Solve 3x + 11 = 14", "12 * 7".',
  ],
  [
    /\b(?:csv|tsv|rows?|columns?|spreadsheet|dataset|(?:the|this|my|a|attached|uploaded) (?:file|data|table|document|pdf)s?|datei|fichier|archivo)\b/i,
    'I have no such file here: attach one to the message, for the code interpreter (CSV or text) or for file search.',
  ],
  [
    /\d.*\b(?:how (?:many|much|old|long|far|fast|tall)|wie ?viele?|combien|cuánt[ao]s?)\b|\b(?:how (?:many|much|old|long|far|fast|tall)|wie ?viele?|combien|cuánt[ao]s?)\b.*\d/is,
    'I do not read problems told in words. Write the calculation in symbols, such as "3 + 4", and I work it out.',
  ],
]

const cannot = (question: string) =>
  [...beyond.slice(0, -1), ...unfit, ...beyond.slice(-1)].find(([pattern]) => pattern.test(question))?.[1] ??
  'This is beyond me.'

/** Whether a question is a request that no tool of the demo can fulfil. */
export const isBeyond = (question: string) => beyond.some(([pattern]) => pattern.test(question))

const isFunction = ({ name }: LanguageModelV4FunctionTool) =>
  name !== 'code_interpreter' && name !== 'file_search'

/** A list of everything that the demo can do with these tools, each with an example, and of its limits. */
function help(language: string, tools: LanguageModelV4FunctionTool[]): string {
  const has = (wanted: string) => tools.some(({ name }) => name === wanted)
  const functions = tools.filter(isFunction).slice(0, 8)
  const able = [
    ...(has('code_interpreter') ? withInterpreter : []),
    ...functions.map(
      ({ name, description }) =>
        `call ${name}${description ? `: ${description.split('\n')[0]?.slice(0, 120)}` : ''}`,
    ),
    ...(has('file_search')
      ? [
          'look things up in your files, and quote them: "Who is the CEO?", "Which files are there?", "Summarize the file"',
        ]
      : []),
  ]
  const list =
    able.length > 0
      ? `Here I can:\n\n${able.map((line) => `- ${line}`).join('\n')}`
      : 'Without tools I can do little. Give the assistant the code interpreter, and I can:\n\n' +
        withInterpreter.map((line) => `- ${line}`).join('\n') +
        '\n\nWith functions I choose one and fill its arguments; with file search I quote your files.'
  return `${language}${who} ${list}\n\nI cannot write texts or programs, translate, see pictures, search the web, or know anything of the world. ${hint}`
}

const withInterpreter = [
  'solve equations: "Solve 3x + 11 = 14", "x + y = 10 and x - y = 2", "cos(x) = x"',
  'calculate: "What is 12% of 250?", "sqrt(2) * 3", "mean of 3, 5 and 10", "the first 10 primes"',
  'convert units and count days: "5 miles in km", "How many days until Christmas?"',
  'plot: "Plot x^2 from 0 to 3", "Draw a pie chart of apples 3, pears 5"',
  'read CSV files that you attach: "How many rows?", "Total amount by region", "Which product has the highest price?"',
  'run Python that you put between ```, and write small files: "Write a CSV of squares 1..10"',
]

function abilities(tools: LanguageModelV4FunctionTool[]): string {
  const names = tools.map(({ name }) => name)
  const functions = tools.filter(isFunction).map(({ name }) => name)
  const able = [
    names.includes('code_interpreter') &&
      'write Python for equations ("Solve 3x + 11 = 14"), arithmetic, statistics, units, dates, plots and CSV files',
    functions.length > 0 && `call ${functions.slice(0, 5).join(', ')}`,
    names.includes('file_search') && 'look things up in files',
  ].filter(Boolean)
  if (able.length > 0) return `Here I can ${able.join(', and ')}. Ask "help" for examples.`
  return 'I need tools: give the assistant the code interpreter and ask me to solve 3x + 11 = 14.'
}

/** The answer when a function is deliberately not called. */
export const tellDenied = (name: string) =>
  `I did not call ${name}: your sentence says not to. If you want it, ask for it without a "not".`
export const tellSpoken = (name: string) =>
  `I did not call ${name}: it changes something, and you asked about it rather than for it. Tell me to do it, and I call it.`

/** The answer to a calculation when the assistant has no code interpreter. */
export const tellNoInterpreter = (about: string) =>
  `I would work out ${about} in Python, but this assistant has no code interpreter. ${who} Give the assistant the tool code_interpreter. ${hint}`

/** Describes the outputs of functions. */
export function tellOutputs(done: DoneCall[]): string {
  const told = done.map(({ name, input, output, failed }) => {
    const given = Object.values(input).filter((value) => ['string', 'number'].includes(typeof value))
    const about = given.length > 0 ? ` (${given.join(', ').slice(0, 100)})` : ''
    return `${name}${about} ${failed ? 'failed' : 'says'}: ${inWords(output)}`
  })
  return told.length === 1 ? `${told[0]}` : told.map((line) => `- ${line}`).join('\n')
}

/** Writes JSON as "temperature: 57, unit: F". Other text is returned unchanged. */
function inWords(output: string): string {
  try {
    const value: unknown = JSON.parse(output)
    return flat(value) || '(nothing)'
  } catch {
    return output.trim() || '(nothing)'
  }
}

function flat(value: unknown): string {
  if (Array.isArray(value)) return value.map(flat).join('; ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, inside]) => `${name.replaceAll('_', ' ')}: ${flat(inside)}`)
    .join(', ')
}
