export type DemoLanguage = 'en' | 'de' | 'fr' | 'es'

const english =
  /(?<!\p{L})(the|is|are|was|what|how|who|of|and|my|you|your|to|do|does|please|with|an?|can|i|it)(?!\p{L})/giu

/** Words that are frequent in one of the languages and rare in the others. */
const signs: [DemoLanguage, RegExp][] = [
  [
    'de',
    /(?<!\p{L})(ist|und|die|von|ein|eine|hat|den|wie|wer|wo|der|das|nicht|bitte|kannst|du|ich|mein|meine|viele?|lösche|löse|berechne|welche|hallo|danke|hilfe|zeichne|wieviel|guten|erzähl|wetter)(?!\p{L})/giu,
  ],
  [
    'fr',
    /(?<!\p{L})(est|quel(le)?s?|combien|bonjour|merci|s'il|vous|je|une|les|pas|peux|fais|calcule|dessine|résous|supprime|météo|aide|salut|raconte|quoi|sais|tu|mon|ma)(?!\p{L})/giu,
  ],
  [
    'es',
    /(?<!\p{L})(es|qué|cuánto|cuántas|cuántos|cuál|hola|gracias|puedes|por|favor|el|una|calcula|dibuja|resuelve|borra|ayuda|quién|cómo|más|cuenta|tiempo|dime)(?!\p{L})|[¿¡]/giu,
  ],
]

/** The language of a short text. English when there is no sign of another language. */
export function languageOf(text: string): DemoLanguage {
  const counted = signs.map(([language, pattern]) => [language, text.match(pattern)?.length ?? 0] as const)
  const [best] = counted.toSorted((a, b) => b[1] - a[1])
  return best && best[1] > (text.match(english)?.length ?? 0) ? best[0] : 'en'
}
