import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type { ScriptedTurn } from '../../src/models/scripted.ts'

/**
 * Draws a chart of an uploaded table and puts its sums into a workbook. Its first program asks for a column that is not
 * there; what it needs for the second it has from the traceback and from what was printed before it, and the table's
 * path from what it was told of the files.
 */
export function analyst(prompt: LanguageModelV4Prompt, outputs: string[]): ScriptedTurn {
  const [first] = prompt
  const [path = ''] = /\/mnt\/data\/\S+\.csv/.exec(first?.role === 'system' ? first.content : '') ?? []
  const told = outputs.at(-1)
  if (told === undefined) return call(load(path, 'Sales'))
  const [, columns = ''] = /^columns: (.+)$/m.exec(told) ?? []
  const column = columns.split(', ').at(-1) ?? ''
  if (/KeyError: .*Sales/.test(told)) return call(load(path, column) + draw(column))
  if (told.includes('Files written')) {
    return {
      text: [
        'The chart is above; ',
        'here are [the sums](sandbox:/mnt/',
        'data/sums.xlsx) and ',
        links.chart,
        '.',
      ],
    }
  }
  return { text: `It went wrong: ${told}` }
}

const links = { chart: '[the picture](sandbox:/mnt/data/chart.png)' }

const call = (code: string): ScriptedTurn => ({
  toolCalls: [{ name: 'code_interpreter', arguments: { code } }],
})

const load = (path: string, column: string) => `import pandas as pd

table = pd.read_csv('${path}')
print('columns:', ', '.join(table.columns))
sums = table.groupby('city')['${column}'].sum()
`

/** The picture that is shown is cut to what is drawn; its size is printed, and that of the saved one is chosen. */
const draw = (column: string) => `
import io, struct
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(6, 4), dpi=100)
sums.plot.bar(ax=axes, color=['tab:blue', 'tab:orange', 'tab:green'])
axes.set_title('${column} by city')
figure.savefig('/mnt/data/chart.png')
cut = io.BytesIO()
figure.savefig(cut, bbox_inches='tight')
print('shown:', *struct.unpack('>II', cut.getvalue()[16:24]))
sums.to_frame().to_excel('/mnt/data/sums.xlsx', sheet_name='Sums', engine='openpyxl')
plt.show()
`
