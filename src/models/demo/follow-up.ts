import type { DemoConversation } from './parse-conversation.ts'
import { isNegated, takesBack } from './requests.ts'
import { smallTalk } from './small-talk.ts'

/**
 * The text with which the demo asks for missing arguments of a function. `understand` recognizes it in the next turn.
 */
export function askFor(name: string, missing: string[]): string {
  const [first = '', ...others] = missing.map(words)
  if (others.length === 0)
    return `I would call ${name}, but the ${first} is missing. Which ${first} do you mean?`
  const list = `${[first, ...others.slice(0, -1)].join(', ')} and ${others.at(-1)}`
  return `I would call ${name}, but the ${list} are missing. Please tell me the ${list}.`
}

const words = (name: string) =>
  name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
const asked = /^I would call (\S+), but /

/** A question, completed with the earlier messages of the conversation. */
export interface Understood {
  question: string
  /** The answer, when the question is about the conversation itself. */
  text?: string
  /** The name of the function whose missing arguments this question gives, because the demo asked for them. */
  answers?: string
}

/**
 * Completes a question such as "Paris" after "which city?", "and in Rome?" after a question, or "times 2" after a
 * result, and answers questions about the conversation such as "what did I ask?".
 */
export function understand({
  question,
  earlier,
}: Pick<DemoConversation, 'question' | 'earlier'>): Understood {
  const before = earlier.findLast(({ role }) => role === 'user')?.text ?? ''
  const answer = earlier.findLast(({ role }) => role === 'assistant')?.text ?? ''
  const told = aboutConversation(question, earlier, before)
  if (told !== undefined) return { question, text: told }
  const name = asked.exec(answer)?.[1]
  if (name !== undefined && before && isShort(question) && !asksAnew.test(question)) {
    if (takesBack(question) || (isNegated(question) && question.split(/\s+/).length < 4)) {
      return { question, text: `All right, I do not call ${name}.` }
    }
    if (smallTalk(question)) return { question }
    return { question: `${before.replace(/[\s?.!]+$/, '')} for ${question.trim()}`, answers: name }
  }
  const result = /(-?\d+(?:\.\d+)?)\.?\s*(?:\([^()]*\))?$/.exec(answer.trim())?.[1]
  if (result !== undefined) {
    const calculated = withResult(question, result)
    if (calculated) return { question: calculated }
  }
  const [, more] =
    /^(?:and|what about|how about|und|et|y|now|also)\s+(?:what about |how about |in |for |the same for )*(?!\d)(\p{L}[\p{L} .,'-]{1,60}?)\s*\??$/iu.exec(
      question.trim(),
    ) ?? []
  if (
    more &&
    before &&
    isShort(question) &&
    !/\b(is|are|can|do|does|how|what|why|who)\b/i.test(more) &&
    objects.test(before)
  )
    return { question: before.replace(objects, (_, joint: string) => `${joint} ${more}`) }
  return { question }
}

/** A new question or order, which does not answer the question of the demo. */
const asksAnew =
  /^\s*(?:who|what|why|how|when|where|which|can|could|is|are|do|does|solve|plot|draw|calculate|tell|show|help|wer|was|wie|warum|qui|que|comment)(?!\p{L})/iu

/** The end of a question that says what the question is about, as in "the weather in Paris?". */
const objects = /\b(in|for|of|by|at|from|to|per|für|en|à|de)\s+(?:the )?[\p{L}\d][\p{L}\d .,'-]*[?.!]*\s*$/iu

const isShort = (text: string) =>
  text.trim().length > 0 && text.trim().split(/\s+/).length <= 6 && !/\?\s*\S/.test(text)

/**
 * Replaces the reference to the last result by its value, as in "Multiply that by 10", "plus 5" and
 * "and divided by 4?".
 */
function withResult(question: string, result: string): string | undefined {
  const text = question.trim()
  const that = String.raw`(?:that|it|this|the result|the answer|das|ça|eso)`
  const value = result.startsWith('-') ? `(${result})` : result
  const verbs: [RegExp, string][] = [
    [
      new RegExp(String.raw`\b(?:multiply|times) ${that} (?:by|with) (-?\d+(?:\.\d+)?)`, 'i'),
      `${value} * $1`,
    ],
    [new RegExp(String.raw`\bdivide ${that} by (-?\d+(?:\.\d+)?)`, 'i'), `${value} / $1`],
    [new RegExp(String.raw`\badd (-?\d+(?:\.\d+)?)(?: to ${that})?`, 'i'), `${value} + $1`],
    [new RegExp(String.raw`\bsubtract (-?\d+(?:\.\d+)?)(?: from ${that})?`, 'i'), `${value} - $1`],
    [new RegExp(String.raw`\b(?:double ${that}|${that} doubled)`, 'i'), `2 * ${value}`],
    [new RegExp(String.raw`\bhalve ${that}|\bhalf of ${that}`, 'i'), `${value} / 2`],
    [new RegExp(String.raw`\bsquare ${that}|\b${that} squared`, 'i'), `${value}^2`],
    [new RegExp(String.raw`\bsquare root of ${that}`, 'i'), `sqrt(${value})`],
    [
      /^(?:and |now |then |und |et |y )*([-+*/^]|plus|minus|times|divided by|mal|fois|por)\s*(\d+(?:\.\d+)?)\s*\??$/i,
      `${value} $1 $2`,
    ],
    [
      new RegExp(
        String.raw`^(?:and |now |then |what is |what's )*${that} ([-+*/^]|plus|minus|times|divided by) (\d+(?:\.\d+)?)\s*\??$`,
        'i',
      ),
      `${value} $1 $2`,
    ],
  ]
  const found = verbs.find(([pattern]) => pattern.test(text))
  return (
    found &&
    `What is ${text.match(found[0])?.reduce((whole, group, at) => whole.replace(`$${at}`, group), found[1])}?`
  )
}

function aboutConversation(
  question: string,
  earlier: DemoConversation['earlier'],
  before: string,
): string | undefined {
  const name = nameIn(question)
  if (name && question.split(/\s+/).length <= 10) return `Nice to meet you, ${name}.`
  if (
    /\b(?:what(?:['’]?s| is) my name|who am i|do you (?:know|remember) my name|wie heiße ich|comment je m['’]appelle|cómo me llamo)\b/i.test(
      question,
    )
  ) {
    const known = earlier
      .flatMap(({ role, text }) => (role === 'user' ? [nameIn(text)] : []))
      .findLast(Boolean)
    return known
      ? `You told me that your name is ${known}.`
      : 'You have not told me your name in this thread.'
  }
  if (earlier.length > 0 && doubts.test(question.trim()))
    return 'What I told comes from a program that Python ran, or from a tool: the steps of the run show what went in and what came out. I can explain no further.'
  if (
    /\b(?:what (?:did|have) i (?:just |already )?(?:ask(?:ed)?|said|say)|my (?:last|previous|first) (?:question|message)|what was i asking|was habe ich (?:gerade )?gefragt)\b/i.test(
      question,
    )
  ) {
    const first = /first/i.test(question) ? earlier.find(({ role }) => role === 'user')?.text : before
    return first ? `You asked: “${first.slice(0, 300)}”` : 'This is the first message of this thread.'
  }
  return undefined
}

const doubts =
  /^(?:but |and )?(?:why|how|how so|how come|are you sure|really|explain(?: that| it)?|show your work|show me how|how did you (?:do|get|know) (?:that|it|this)|wieso|warum|bist du sicher|pourquoi|tu es sûr|por qué|estás seguro)\s*[?.!]*$/i

/** The name with which the user introduces himself or herself. */
function nameIn(text: string): string | undefined {
  const found =
    /(?:^|[.,!]\s*|\b(?:hi|hello|hey)[,!]?\s+)(my name(?: is|['’]s)|call me|i['’]m|i am|ich heiße|mein name ist|je m['’]appelle|me llamo|mi nombre es)\s+(\p{L}[\p{L}'-]{0,30})(?!\p{L})(\s*[.!,]|\s*$)?/iu.exec(
      text.trim(),
    )
  const [, how = '', name = '', ends] = found ?? []
  if (!name) return undefined
  if (/^(call|i)/i.test(how) && (!/^\p{Lu}/u.test(name) || ends === undefined)) return undefined
  return name
}
