import { stemmer as danish } from '@orama/stemmers/danish'
import { stemmer as dutch } from '@orama/stemmers/dutch'
import { stemmer as finnish } from '@orama/stemmers/finnish'
import { stemmer as french } from '@orama/stemmers/french'
import { stemmer as german } from '@orama/stemmers/german'
import { stemmer as italian } from '@orama/stemmers/italian'
import { stemmer as norwegian } from '@orama/stemmers/norwegian'
import { stemmer as portuguese } from '@orama/stemmers/portuguese'
import { stemmer as russian } from '@orama/stemmers/russian'
import { stemmer as spanish } from '@orama/stemmers/spanish'
import { stemmer as swedish } from '@orama/stemmers/swedish'
import { stemmer as turkish } from '@orama/stemmers/turkish'
import { stemEnglish } from './stem-english.ts'

export interface Language {
  name: string
  stem: (word: string) => string
  /** Set when upper and lower case differ from most languages. */
  lower?: (word: string) => string
  /** Set when the language writes several words as one, such as "Mietvertrag". */
  compounds?: true
  /** Set when accents occur only in borrowed words, so that the stemmer does not know them. */
  foldsFirst?: true
  /**
   * Other spellings that a word of a query may stand for, when the user's keyboard does not have all letters of the
   * language.
   */
  spellings?: (word: string) => string[]
  /** Words that say nothing about the subject of a text. The language of a text is detected by them as well. */
  stopWords: ReadonlySet<string>
}

const language = (
  stem: (word: string) => string,
  stopWords: string,
  more: Omit<Language, 'name' | 'stem' | 'stopWords'> = {},
): Omit<Language, 'name'> => ({ stem, stopWords: new Set(stopWords.trim().split(/\s+/)), ...more })

/**
 * The spellings with dots, once with back vowels and once with front vowels. Turkish endings depend on the vowels
 * before them, so that the stemmer does not recognize endings of words that are written without dots.
 */
const turkishSpellings = (word: string): string[] =>
  /^[a-zA-Z]+$/.test(word)
    ? [
        word.replaceAll(/[iI]/g, 'ı'),
        word.replaceAll(/I/g, 'i').replaceAll(/[uU]/g, 'ü').replaceAll(/[oO]/g, 'ö'),
      ]
    : []

/**
 * Without a German keyboard, umlauts are written with an additional e. After another vowel or a q, it is usually no
 * umlaut.
 */
const germanSpellings = (word: string): string[] => {
  const lower = word.toLowerCase()
  const umlauts: Record<string, string> = { ae: 'ä', oe: 'ö', ue: 'ü' }
  const written: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue' }
  const spelled = [
    lower.replaceAll(/(?<![aeoq])[aou]e/g, (pair) => umlauts[pair] ?? pair),
    lower.normalize('NFC').replaceAll(/[äöü]/g, (letter) => written[letter] ?? letter),
  ]
  return spelled.filter((one) => one !== lower)
}

/** Without a Danish or Norwegian keyboard, ø and å are written as two letters. For æ this is done by folding. */
const nordicSpellings = (word: string): string[] => {
  const lower = word.toLowerCase()
  const spelled = [
    lower.replaceAll('oe', 'ø').replaceAll('aa', 'å'),
    lower.normalize('NFC').replaceAll('ø', 'oe').replaceAll('å', 'aa'),
  ]
  return spelled.filter((one) => one !== lower)
}

const byName = {
  english: language(
    stemEnglish,
    `a about above after again against all am an and any are as at be because been before being below between both but
    by can cannot could did do does doing don down during each few for from further had has have having he her here
    hers herself him himself his how i if in into is it its itself just ll me more most must my myself no nor not now of
    off on once only or other ought our ours ourselves out over own re s same she should so some such t than that the
    their theirs them themselves then there these they this those through to too under until up upon us ve very was we
    were what when where which while who whom why will with would you your yours yourself yourselves`,
    { foldsFirst: true },
  ),
  german: language(
    german,
    `aber alle als also am an auch auf aus bei bin bis bist da damit dann das dass dem den der des die dies diese diesem
    diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas für gegen gewesen hab habe haben
    hat hatte hatten hier hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist jede jedem jeden jeder
    jedes kann kein keine können machen man mein meine mich mir mit muss nach nicht nichts noch nun nur ob oder ohne sehr
    sein seine sich sie sind so solche soll sondern sonst über um und uns unser unter viel vom von vor war waren was weil
    welche wenn werden wie wieder will wir wird wo wollen würde während zu zum zur zwar zwischen`,
    { compounds: true, spellings: germanSpellings },
  ),
  french: language(
    french,
    `ai au aux avec avait c ce cela ces cet cette d dans de des du elle elles en est et été être eu eux il ils j je l la
    le les leur leurs lui m ma mais me mes même moi mon n ne nos notre nous on ont ou où par pas plus pour qu que quel
    quelle qui s sa sans se ses si sont son sur t ta te tes toi ton tu un une vos votre vous y était`,
  ),
  spanish: language(
    spanish,
    `a al algo ante antes como con contra cual cuando de del desde donde durante e el ella ellas ellos en entre era es esa
    ese eso esta está estas este esto estos fue ha había han hasta hay la las le les lo los más me mi muy no nos o otra
    otro para pero poco por porque que qué quien se ser si sí sin sobre son su sus también tanto te tiene todo todos tu
    un una uno unos y ya yo`,
  ),
  italian: language(
    italian,
    `a agli ai al alla alle allo anche avere c che chi ci come con contro cui d da dagli dai dal dalla dalle degli dei del
    della delle dello di dove e è ed era essere gli ha hanno ho i il in io l la le lei li lo loro lui ma mi mia mio ne
    negli nei nel nella nelle noi non o per perché più quale quando quanto quella quello questa questo se si sia sono su
    sua sue sugli sui sul sulla suo ti tra tu tutti tutto un una uno vi voi`,
  ),
  portuguese: language(
    portuguese,
    `a à ao aos as às até com como da das de dele dela do dos e é ela elas ele eles em entre era essa esse esta está este
    eu foi for há isso isto já lhe mais mas me mesmo meu minha muito na não nas nem no nos nós num numa o os ou para pela
    pelas pelo pelos por qual quando que quem se sem ser seu seus só sua suas também te tem um uma você`,
  ),
  dutch: language(
    dutch,
    `aan al alles als altijd andere ben bij daar dan dat de der deze die dit doch doen door dus een en er ge geen geweest
    haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kon kunnen maar me meer men met
    mij mijn moet na naar niet niets nog nu of om omdat ons ook op over reeds te tegen toch toen tot u uit uw van veel
    voor want waren was wat we wel werd wezen wie wij wil worden wordt zal ze zelf zich zij zijn zo zonder zou`,
    { compounds: true },
  ),
  swedish: language(
    swedish,
    `alla allt att av blev bli blir de dem den denna deras dess det detta dig din där då efter ej eller en er ett från för
    ha hade han hans har henne hon honom hur här i icke ingen inom inte jag ju kan kunde man med mellan men mig min mot
    mycket ni nu när någon något några och om oss på samma sedan sig sin sina skulle som så till under upp ut utan vad
    var vara varför vi vid vilken år är över`,
    { compounds: true },
  ),
  danish: language(
    danish,
    `af alle andet andre at blev blive bliver da de dem den denne der deres det dette dig din disse dog du efter eller en
    end er et for fra ham han hans har havde have hende hendes her hos hun hvad hvis hvor i ikke ind jeg jer jo kunne man
    mange med meget men mig min mit mod ned noget nogle nu når og også om op os over på selv sig sin sine skal skulle som
    sådan til ud under var vi vil ville vor være været`,
    { compounds: true, spellings: nordicSpellings },
  ),
  norwegian: language(
    norwegian,
    `alle at av begge ble bli blir både da de deg dem den denne der deres det dette din disse du eller en enn er et ett
    etter for fordi fra før ha hadde han hans har henne her hos hun hva hvem hver hvis hvor hvorfor i ikke ingen inn jeg
    kan kom kunne man mange med meg mellom men mot mye må noe noen nå når og også om opp oss over på seg selv sin skal
    skulle slik som så til ut uten var vi vil ville være vært vår`,
    { compounds: true, spellings: nordicSpellings },
  ),
  finnish: language(
    finnish,
    `ei eivät ja joka jonka jos jotka kanssa koska kuin kun me mikä minä missä mitä mukaan mutta myös ne niin niitä nyt
    näiden nämä olen oli olisi olivat olla on ovat se sekä sen siihen siinä sitä sillä tai tämä tämän tässä vaan vai vain
    vaikka voi yli`,
    { compounds: true },
  ),
  russian: language(
    russian,
    `а без более больше будет бы был была были было быть в вам вас вот все всех вы где да даже для до его ее её если есть
    еще ещё же за здесь и из или им их к как ко когда кто ли между меня мне может мы на над надо нас не него нет ни них но
    о об он она они оно от по под после потом потому при про с свою себя со так также там тем то того только том тут ты у
    уже чем через что чтобы эта эти это этого этой этом этот я`,
  ),
  turkish: language(
    turkish,
    `acaba ama ancak artık bana bazı ben beni bile bir biri birkaç biz bu buna bunu bunun da daha de değil diye dolayı en
    gibi göre hem hep her hiç için ile ise kadar karşı ki kim mi mı mu nasıl ne neden o olan olarak oldu olduğu olur ona
    onlar onun sonra şey siz şu tarafından tüm var ve veya ya yani yok çok çünkü`,
    { lower: (word) => word.toLocaleLowerCase('tr'), spellings: turkishSpellings },
  ),
}

export type LanguageName = keyof typeof byName

/** The languages by their names in the index. */
export const languages: ReadonlyMap<string, Language> = new Map(
  Object.entries(byName).map(([name, one]) => [name, { name, ...one }]),
)

const sampled = 2_000
const word = /[\p{L}\p{M}]+/gu

/**
 * The language of a text, detected by its stop words, which are a third of the words in running text. English when
 * there are few of them, as in lists and program code. The text should be a whole file, because a sentence is too
 * short.
 */
export function detectLanguage(text: string): LanguageName {
  const counts = new Map<LanguageName, number>()
  const entries = Object.entries(byName) as [LanguageName, (typeof byName)[LanguageName]][]
  let words = 0
  for (const match of text.matchAll(word)) {
    if (words++ >= sampled) break
    const lower = match[0].toLowerCase()
    for (const [name, { stopWords }] of entries) {
      if (stopWords.has(lower)) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
  }
  let best: LanguageName = 'english'
  let highest = Math.max(counts.get('english') ?? 0, words / 20, 1)
  for (const [name, count] of counts) if (count > highest) [best, highest] = [name, count]
  return best
}
