import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Source } from './collection.ts'
import { squad } from './squad.ts'

/** The layout of BEIR's archives: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv` in a folder of that name. */
const beir = (name: string): Source => ({
  name,
  from: `BEIR (github.com/beir-cellar/beir, "Available Datasets"), ${name}.zip unpacked into the folder`,
  read(folder) {
    const place = join(folder, name)
    if (!existsSync(join(place, 'corpus.jsonl'))) return undefined
    const lines = (file: string) => readFileSync(join(place, file), 'utf8').split('\n').filter(Boolean)
    const entry = (line: string) => JSON.parse(line) as { _id: string; title?: string; text: string }
    const relevant = grades(
      lines('qrels/test.tsv')
        .slice(1)
        .map((line) => line.split('\t')),
    )
    return {
      name,
      documents: lines('corpus.jsonl').map((line) => {
        const { _id, title, text } = entry(line)
        return { id: _id, text: title ? `${title}\n${text}` : text }
      }),
      queries: lines('queries.jsonl').map((line) => ({ id: entry(line)._id, text: entry(line).text })),
      relevant,
    }
  },
})

function grades(rows: string[][]): Map<string, Map<string, number>> {
  const relevant = new Map<string, Map<string, number>>()
  for (const [query = '', document = '', grade = '0'] of rows) {
    if (!(Number(grade) > 0)) continue
    let own = relevant.get(query)
    if (!own) relevant.set(query, (own = new Map()))
    own.set(document, Number(grade))
  }
  return relevant
}

/** The layout of the SMART system's collections: `.I` begins a document, `.T` its title, `.W` its text. */
const smart = (name: string, files: { documents: string; queries: string; judgements: string }): Source => ({
  name,
  from: `the University of Glasgow's list of test collections (ir.dcs.gla.ac.uk), unpacked into ${name}/`,
  read(folder) {
    const place = join(folder, name)
    if (!existsSync(join(place, files.documents))) return undefined
    const records = (file: string) =>
      readFileSync(join(place, file), 'latin1')
        .split(/^\.I\s+/m)
        .slice(1)
        .map((record, at) => {
          const [head = ''] = record.split('\n', 1)
          const field = (letter: string) =>
            new RegExp(`^\\.${letter}\\s*\\n([\\s\\S]*?)(?=^\\.[A-Z]\\s*$|$(?![\\s\\S]))`, 'm').exec(
              record,
            )?.[1] ?? ''
          return { id: head.trim(), number: String(at + 1), text: `${field('T')}\n${field('W')}`.trim() }
        })
    const rows = readFileSync(join(place, files.judgements), 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
    return {
      name,
      documents: records(files.documents),
      // Judgements count Cranfield's queries from 1, whatever their numbers are.
      queries: records(files.queries).map(({ id, number, text }) => ({
        id: name === 'cranfield' ? number : id,
        text,
      })),
      relevant: grades(
        // CACM's are written with leading zeros.
        rows.map(([query = '', document = '', grade]) => [
          query.replace(/^0+/, ''),
          document.replace(/^0+/, ''),
          Number(grade) < 0 ? '0' : '1',
        ]),
      ),
    }
  },
})

/**
 * Made of the docstrings in Python packages: the first line of one asks for the rest of it. Known items, not
 * judgements: it tells rankings apart on one machine, and has no published figures.
 */
const docstrings: Source = {
  name: 'docstrings',
  from: 'Python packages (scikit-learn, scipy, pandas, networkx), unpacked into docstrings/',
  read(folder) {
    const place = join(folder, 'docstrings')
    if (!existsSync(place)) return undefined
    const paths = readdirSync(place, { recursive: true, encoding: 'utf8' })
    const found = new Map<string, string>()
    for (const path of paths.filter((path) => path.endsWith('.py') && !/tests?[/_]/.test(path)).toSorted()) {
      const text = readFileSync(join(place, path), 'utf8')
      for (const [, body = ''] of text.matchAll(/:\s*\n\s+r?"""([\s\S]*?)"""/g)) {
        const [head = '', ...rest] = body.trim().split(/\n\s*\n/)
        const question = head.replaceAll(/\s+/g, ' ').trim()
        const answer = rest.join('\n\n').replaceAll(/^ +/gm, '')
        if (question.length >= 25 && question.length <= 200 && answer.length >= 400 && !found.has(question)) {
          found.set(question, answer)
        }
      }
    }
    const all = [...found].map(([question, answer], at) => ({ id: String(at), question, answer }))
    const step = Math.max(all.length / maxDocstrings, 1)
    const picked = Array.from(
      { length: Math.min(all.length, maxDocstrings) },
      (_, at) => all[Math.floor(at * step)],
    )
    const kept = picked.filter((one) => one !== undefined)
    const asked = kept.filter((_, at) => at % 4 === 0)
    return {
      name: 'docstrings',
      documents: kept.map(({ id, answer }) => ({ id, text: answer.slice(0, 700) })),
      queries: asked.map(({ id, question }) => ({ id, text: question })),
      relevant: new Map(asked.map(({ id }) => [id, new Map([[id, 1]])])),
    }
  },
}

const maxDocstrings = 1_200

export const sources: readonly Source[] = [
  beir('scifact'),
  beir('nfcorpus'),
  beir('arguana'),
  beir('fiqa'),
  smart('cranfield', { documents: 'cran.all.1400', queries: 'cran.qry', judgements: 'cranqrel' }),
  smart('cisi', { documents: 'CISI.ALL', queries: 'CISI.QRY', judgements: 'CISI.REL' }),
  smart('cacm', { documents: 'cacm.all', queries: 'query.text', judgements: 'qrels.text' }),
  ...['en', 'de', 'el', 'es', 'ru', 'tr', 'zh', 'th', 'ar', 'ro', 'hi', 'vi'].map((language) =>
    squad(`xquad-${language}`, `xquad/xquad.${language}.json`, 'XQuAD (github.com/google-deepmind/xquad)'),
  ),
  squad('jsquad', 'jsquad/valid.json', 'JSQuAD (github.com/yahoojapan/JGLUE), its validation set'),
  squad('cmrc', 'cmrc/dev.json', 'CMRC 2018 (github.com/ymcui/cmrc2018), squad-style-data/cmrc2018_dev.json'),
  docstrings,
]
