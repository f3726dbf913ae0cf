/** Words that negate, and idioms that contain such a word but do not negate. */
const negation =
  /(?<!\p{L})(?:not|don['’]?t|doesn['’]?t|didn['’]?t|won['’]?t|can['’]?t|cannot|shouldn['’]?t|wouldn['’]?t|mustn['’]?t|isn['’]?t|never|nothing|nobody|neither|nor|without|avoid|refrain|stop|leave|keep|instead of|rather than|no(?!,|\.| problem| doubt| matter)|nicht|nie|niemals|kein(?:e[nsmr]?)?|nichts|ohne|lass|pas|jamais|rien|sans|no|nunca|jamás|nada|sin|tampoco)(?!\p{L})/iu
const sounding =
  /\b(?:do ?n['’]?t|do not|never) (?:forget|hesitate|fail|worry|be afraid|mind)\b|\bwhy (?:don['’]?t|not) (?:you|we)\b|\b(?:can|could|would|wo|ca)n['’]?t you\b|\bnot only\b|\bif (?:it['’]?s )?not (?:already|too)\b|\bno longer (?:need|want)\b|\b(?:do not|don['’]?t) (?:need|want|like) (?:it|this|that|them|my \w+)(?: any ?more)?(?=[.,;!]|$)|\bne pas oublier\b|\bn['’]oublie pas\b|\bvergiss nicht\b|\bno olvides\b/giu

export const isNegated = (text: string) => negation.test(text.replaceAll(sounding, ' '))

/** Whether a text takes back a request, as in "No, don't!" and "never mind". */
export const takesBack = (text: string) =>
  /^(?:(?:oh|no|nope|wait|stop|actually|sorry|please|hold on|on second thought|nein|non|warte|attends|espera|but|aber|mais|pero)\b[\s,.!:;-]*)*(?:do ?n['’]?t|do not|never ?mind|forget it|stop(?: it)?|cancel that|lieber nicht|doch nicht|mach das nicht|ne (?:le )?fais pas|no lo hagas|better not|abort)(?:\s+(?:do|touch|delete|send)?\s*(?:it|that|this|so))?[\s.!]*$/iu.test(
    text.trim(),
  )

const effects =
  'delete|remove|erase|wipe|purge|destroy|drop|truncate|clear|reset|close|deactivate|disable|terminate|kill|shutdown|shut|format|' +
  'cancel|refund|unsubscribe|revoke|ban|block|fire|overwrite|uninstall|discard|reboot|restart|' +
  'send|post|publish|email|pay|transfer|charge|buy|order|purchase|book|reserve|place|submit|sign|create|add|insert|update|set|' +
  'change|move|rename|write|upload|share|approve|confirm|schedule|make|turn|lock|unlock|open|withdraw|deposit|sell|invite|notify|call'
const verb = new RegExp(`^(?:${effects})$`, 'i')

/** Whether a function changes something. Its name begins with a verb for that, or contains a verb that destroys. */
export function hasEffect(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z]+/)
    .filter(Boolean)
  return verb.test(words[0] ?? '') || words.some((word) => destroys(word))
}

/** Whether a function of this name removes something that cannot be restored. */
export const destroys = (name: string) =>
  /(?:^|[_\W]|(?<=[a-z])(?=[A-Z]))(?:delete|remove|erase|wipe|purge|destroy|drop|truncate|terminate|kill|cancel|deactivate|close|format|reset|refund|unsubscribe|uninstall|discard|overwrite|clear|revoke|shut ?down)/i.test(
    name,
  )

const asking =
  /^(?:(?:ok(?:ay)?|so|and|but|hi|hello|hey|well|um|also|then|und|et|y)\b[\s,]*)*(?:how|what|why|when|who|where|which|should|shall|must|may|is|are|was|were|did|does|do(?! not)|has|have|had|am|wie|was|warum|wann|wer|wo|soll|sollte|darf|kann ich|comment|pourquoi|quand|qui|est-ce|dois|puis|cómo|por qué|qué|cuándo|debo|debería|can (?:i|we|one|people|it|anyone|somebody|someone)|could (?:i|we) (?!have\b|get\b|ask\b|please\b)|will (?:it|my|the|this|i)|if|tell me (?:how|about|why|what|if|whether)|explain|i wonder)(?!\p{L})/iu
const told =
  /\b(?:i|we|he|she|it|they|you|someone|somebody|who|anybody|my \w+|your \w+|the \w+)(?:['’]ve| have| has| had| was| were| got| just| already| accidentally)* (?:been |by accident )?(?:deleted|removed|erased|cancell?ed|closed|sent|booked|paid|bought|transferred|wiped|reset)\b|\b(?:was|were|got|been|be|is|are) (?:deleted|removed|erased|cancell?ed|closed|sent|booked|paid|bought|transferred|wiped|reset)\b/i

/**
 * Whether a text speaks about an action without asking for it, as in "How do I delete …?" and
 * "I deleted … by accident".
 */
export const onlySpeaksOf = (text: string) =>
  (asking.test(text.trim().replace(/^[¿¡"“]+/, '')) && !/^(?:how|what) about\b/i.test(text.trim())) ||
  told.test(text)
