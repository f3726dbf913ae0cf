import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Collection, Source } from './collection.ts'

interface Squad {
  data: { paragraphs: { context: string; qas: { question: string }[] }[] }[]
}

/**
 * The layout of SQuAD: people asked questions of paragraphs that they had before them, so each has one right paragraph.
 * Their words are near to those of the text, more than a stranger's would be.
 */
export const squad = (name: string, file: string, from: string): Source => ({
  name,
  from: `${from}, as ${file}`,
  read(folder): Collection | undefined {
    const path = join(folder, file)
    if (!existsSync(path)) return undefined
    const { data } = JSON.parse(readFileSync(path, 'utf8')) as Squad
    const paragraphs = data.flatMap((article) => article.paragraphs)
    const ids = new Map<string, string>()
    for (const { context } of paragraphs) if (!ids.has(context)) ids.set(context, String(ids.size))
    const asked = paragraphs.flatMap(({ context, qas }) =>
      qas.map(({ question }) => ({ question, answer: ids.get(context) ?? '' })),
    )
    const step = Math.max(asked.length / maxQuestions, 1)
    const picked = asked.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step))
    return {
      name,
      documents: Array.from(ids, ([text, id]) => ({ id, text })),
      queries: picked.map(({ question }, at) => ({ id: String(at), text: question })),
      relevant: new Map(picked.map(({ answer }, at) => [String(at), new Map([[answer, 1]])])),
    }
  },
})

const maxQuestions = 1_200
