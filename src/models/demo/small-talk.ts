/**
 * Small talk and the replies to it. A pattern must match the whole message, because a greeting may precede a question.
 */
const talk: [RegExp, string][] = [
  [/never ?mind|forget it|cancel that|nothing|schon gut|laisse tomber|olvídalo/, 'All right.'],
  [
    /(?:do|can) you (?:speak|understand|know) (?:\w+)|sprichst du \w+|sprechen sie \w+|parlez-vous \w+|(?:tu )?parles(?:-tu)? \w+|hablas \w+|habla \w+/u,
    'I answer in English, and read simple questions in English, German, French and Spanish.',
  ],
  [
    /(?:thanks?|thank you|thx|ty|merci|danke|gracias|many thanks|vielen dank|muchas gracias|danke schön|merci beaucoup)(?: (?:so much|a lot|very much|you|for .{1,40}))?/,
    'You are welcome.',
  ],
  [
    /(?:good ?bye|bye(?: bye)?|see you(?: later)?|ciao|tschüss|auf wiedersehen|au revoir|adi[oó]s|good night|gute nacht|bonne nuit|buenas noches|take care)/,
    'Goodbye.',
  ],
  [
    /(?:how are you|how(?:'s| is) it going|how do you do|what'?s up|how are things|wie geht(?:'?s| es)? ?(?:dir|ihnen)?|wie geht's|ça va|comment (?:ça va|vas-tu|allez-vous)|cómo estás|qué tal)(?: (?:today|doing|doing today|heute))?/,
    'I run, thank you: I have no moods. What shall I work out?',
  ],
  [
    /(?:ok(?:ay)?|cool|great|nice|good|perfect|awesome|wow|alright|all right|i see|got it|fine|super|genau|gut|d'accord|vale|bien|well done|good (?:job|bot)|lol|haha+|hehe)/,
    'Good. What is next?',
  ],
  [
    /(?:yes|no|yep|nope|yeah|sure|maybe|ja|nein|oui|non|s[ií])/,
    'I asked nothing that is still open. What shall I work out?',
  ],
  [
    /(?:test(?:ing)?(?: \d)*|ping|are you there|hello\?+|anybody there|is this (?:thing )?(?:on|working)|does (?:it|this) work)/,
    'It works: you reached the server, and it answers.',
  ],
  [/(?:sorry|my bad|i am sorry|i'm sorry|entschuldigung|pardon|perdón)/, 'No harm done.'],
  [
    /(?:i (?:love|like|hate) you|you(?:'re| are) (?:great|awesome|the best|stupid|dumb|useless|bad|an idiot|terrible|wrong|so \w+)|you suck|this is (?:stupid|bad|useless)|(?:that(?:'s| is)|this is) (?:wrong|not right|incorrect)|wrong|stupid|idiot|shut up|fuck.{0,20}|du bist (?:dumm|doof|toll))/,
    'I am a small planner and take it lightly. If an answer was wrong, write the question more simply, or connect a language model.',
  ],
]
const greeting =
  /(?:hi|hello|hey|howdy|greetings|yo|hiya|good (?:morning|afternoon|evening|day)|bonjour|bonsoir|salut|hallo|moin|servus|guten (?:tag|morgen|abend)|hola|buenos días|buenas tardes|ciao)(?: (?:there|you|demo|threadmill|all|everyone|world|bot|zusammen|à tous|a todos))?/
const who =
  /(?:who|what) (?:exactly )?are you|what(?:'s| is) your name|(?:do you )?have a name|are you (?:a |an |the |really )?(?:human|person|robot|bot|ai|real|alive|conscious|sentient|intelligent|chatgpt|gpt.{0,10}|claude|gemini|llama|openai|language model|llm|machine|chatbot|there)|(?:which|what) (?:model|llm|ai|version)(?: (?:of \w+ )?(?:are you|is this|do you use|am i talking to|is that|runs? here))?|who (?:made|created|built|trained|wrote|developed) you(?: .{1,20})?|what is (?:this|threadmill|demo|the demo)|tell me about yourself|introduce yourself|how (?:can|do) i (?:connect|use|add|get|set up) (?:a |an |the |my )?(?:real |other |better |language )*(?:models?|openai|ollama|anthropic|claude|gpt.{0,10}|gemini|mistral|llm|provider)|(?:what|which) (?:models?|llms?|ai) (?:do you have|are (?:there|available|you using)|can i use|is running|answers?)|how (?:old are you|do you work|were you made)|where are you from|wer bist du|was bist du|wie heißt du|bist du .{1,20}|qui es-tu|qui êtes-vous|tu es qui|quién eres|cómo te llamas|comment t'appelles-tu/
const help =
  /help(?: me)?(?: please)?|please help(?: me)?|\/?(?:help|commands?|start|menu|usage|options)|\?+|what (?:can|could) (?:you|i) (?:do|ask|say|help)(?: .{0,40})?|what (?:do|are) you (?:do|good (?:at|for)|able to do|capable of)|what are your (?:capabilities|abilities|skills|functions|features|tools|limits|limitations)|what (?:questions|things|tools|kind of .{1,20}) (?:can|do) (?:i|you) .{1,30}|what else can you do|how can you help(?: me)?|how (?:do|can|should) i use (?:you|this|it|the demo|threadmill)|how does (?:this|it) work|(?:give|show) me (?:some |an )?(?:examples?|help|a demo)(?: .{0,30})?|examples?|what (?:should|can) i (?:try|type)(?: .{0,20})?|can you (?:help|help me)|i need (?:some )?help|was kannst du(?: .{0,20})?|was können sie.{0,20}|(?:hilfe|kannst du (?:mir )?helfen|wie funktioniert (?:das|es)|aide|aide-moi|que (?:peux|sais)-tu faire|qu'?est-ce que tu (?:peux|sais) faire|tu peux faire quoi|que pouvez-vous faire|comment ça marche|ayuda|ayúdame|(?:qué|que) (?:puedes|sabes) hacer|cómo funciona|en qué puedes ayudarme)|can you (?:do|read|draw|plot|calculate|compute|solve|count|convert|analy[sz]e|understand|use|handle|search)(?: (?:math|maths|mathematics|sums|arithmetic|equations?|charts?|plots?|graphs?|csvs?|csv files|files|pdfs?|documents|data|tables?|units?|dates?|statistics|anything|something|a lot|more|tools|functions|python|things|numbers))*|can you help me with (?:my )?\w+|what can't you do|what can you not do|what are you not able to do/

const whole = (pattern: RegExp) =>
  new RegExp(`^(?:so |ok |okay |and |well |hm+ |please |bitte )*(?:${pattern.source})$`, 'iu')
const patterns = { greeting: whole(greeting), who: whole(who), help: whole(help) }
const replies = talk.map(([pattern, reply]) => [whole(pattern), reply] as const)
const opening = new RegExp(`^(?:${greeting.source})[,!.\\s]+(?=\\S)`, 'iu')

/** Removes punctuation and other signs around a text, so that whole texts can be compared. */
const bare = (text: string) =>
  text
    .trim()
    .replaceAll(/[’`]/g, "'")
    .replaceAll(/\s+/g, ' ')
    .replace(/(?<=.)[\s.!?,;:)\p{Extended_Pictographic}]+$/u, '')
    .replace(/^[¿¡("\s]+(?=.)/, '')
    .trim()

export type SmallTalk = { kind: 'greeting' | 'who' | 'help' } | { kind: 'reply'; text: string }

/** The kind of small talk that a whole message is. Undefined when the message contains a question of its own. */
export function smallTalk(message: string): SmallTalk | undefined {
  const text = bare(message)
  for (const kind of ['help', 'who', 'greeting'] as const) if (patterns[kind].test(text)) return { kind }
  const rest = bare(text.replace(opening, ''))
  if (rest !== text && rest !== '') return smallTalk(rest)
  const reply = replies.find(([pattern]) => pattern.test(text))?.[1]
  return reply === undefined ? undefined : { kind: 'reply', text: reply }
}
