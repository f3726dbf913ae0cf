const empty = new Set(
  (
    'a an the of for in on at to and or is are be it its this that these those with by from as if given get gets ' +
    'set sets fetch return returns returned use used user users current currently what which who how when where ' +
    'please can could you me my i we our your do does tell show give about e g s t don ' +
    'der die das ein eine ist wie was wer wo in mir mein meine von zu und le la les un une des de du est quel quelle mon ma ' +
    'el los las una es cuál qué quién mi en y bitte ich du'
  ).split(' '),
)

/**
 * Groups of words with nearly the same meaning, also in other languages, so that "the weather" finds `get_temperature`.
 */
const alike = [
  'weather temperature forecast warm hot cold degree celsius fahrenheit wetter temperatur météo température temps tiempo clima temperatura',
  'rain precipitation umbrella rainy weather forecast regen regnet pluie lluvia',
  'price cost quote stock preis prix precio kostet',
  'mail email send message notify sende schicke envoie envía manda nachricht courriel correo mensaje',
  'time clock hour uhrzeit heure hora',
  'buy order purchase kaufe bestelle achète commande compra pedido bestellung',
  'delete remove cancel erase wipe lösche löschen lösch storniere stornieren entferne supprime supprimer annule annuler efface borra borrar borres borre elimines elimina eliminar cancela cancelar',
  'account konto compte cuenta',
  'book reserve reservation buche buchen réserve réserver reserva reservar',
  'flight flug vol vuelo',
  'add sum plus',
  'search find lookup look suche cherche busca',
  'customer client kunde cliente',
  'city town stadt ville ciudad',
].map((group) => group.split(' ').map((word) => stem(word)))

/** The significant words of a text or an identifier, in lower case and without endings. */
export function wordsOf(text: string): Set<string> {
  const words = text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  return new Set(words.filter((word) => word && !empty.has(word)).map(stem))
}

function stem(word: string): string {
  if (word.length <= 4) return word
  const plain = word
    .replace(/(ies)$/, 'y')
    .replace(/(?<!s)s$/, '')
    .replace(/(ing|ed)$/, '')
  return plain.replace(/([lmpt])\1$/, '$1')
}

/**
 * How many of the words are also among the others. An equal word counts 1, and a word with nearly the same meaning
 * 0.75.
 */
export function overlap(words: Set<string>, others: Set<string>): number {
  let score = 0
  for (const word of words) {
    if (others.has(word)) score++
    else if (alike.some((group) => group.includes(word) && group.some((other) => others.has(other))))
      score += 0.75
  }
  return score
}
