import { interpreter } from '../converse.ts'
import type { Question, Setting } from './question.ts'

const asked = (ask: string, says: RegExp): Question => ({ ask, says, programs: true })

const unclear = /could not read a question about the columns/

/** Dates as people write them, and rows without one. */
const tables: Record<string, string> = {
  'orders.csv': `order_date,ship_date,product,amount
2022-12-30,2023-01-02,Apple,30.5
2023-02-03,2023-02-05,Pear,50
2023-02-14,2023-02-20,Apple,10
2024-05-01,2024-05-02,Plum,44.5
`,
  'american.csv': 'day,amount\n12/30/2022,1\n05/13/2023,2\n',
  'german.csv': 'tag,amount\n30.12.2022 10:30,1\n13.5.2023 08:00,2\n,3\n',
  'years.csv': 'year,amount\n2020,5\n2020,6\n2021,1\n',
  'seasons.csv': 'when,amount\nspring,5\nautumn,6\n',
}

const questions: Record<keyof typeof tables, Question[]> = {
  'orders.csv': [
    asked('How many orders per year?', /rows by year of order_date:\s+- 2022: 1\s+- 2023: 2\s+- 2024: 1$/),
    asked('How many orders were there each year?', /2022: 1\s+- 2023: 2\s+- 2024: 1$/),
    asked('Wie viele Bestellungen pro Jahr?', /2022: 1\s+- 2023: 2\s+- 2024: 1$/),
    asked('Combien de commandes par an ?', /2022: 1\s+- 2023: 2\s+- 2024: 1$/),
    asked('¿Cuántos pedidos por año?', /2022: 1\s+- 2023: 2\s+- 2024: 1$/),
    asked('How many per year by ship date?', /year of ship_date:\s+- 2023: 3\s+- 2024: 1$/),
    asked('How many apples were sold per year?', /product is Apple by year[^]*2022: 1\s+- 2023: 1$/),
    asked('yearly amount', /2022: 30\.5\s+- 2023: 60\s+- 2024: 44\.5$/),
    asked('Total amount per quarter', /2022-Q4: 30\.5\s+- 2023-Q1: 60\s+- 2024-Q2: 44\.5$/),
    asked('amount per week', /2022-W52: 30\.5/),
    asked('Which year had the highest amount?', /^2023 has the highest total amount: 60\./),
    asked('How many years are there?', /2022: 1\s+- 2023: 2\s+- 2024: 1$/),
    asked('Average number of orders per year', unclear),
    asked('Total amount per product and year', unclear),
    asked('How many different products per year?', unclear),
  ],
  'american.csv': [asked('amount per month', /2022-12: 1\s+- 2023-05: 2$/)],
  'german.csv': [
    asked('How many per year?', /2022: 1\s+- 2023: 1\s+- no date: 1$/),
    asked('total amount in May', /is 2\.$/),
  ],
  'years.csv': [
    asked('amount per year', /2020: 11\s+- 2021: 1$/),
    asked('Which year had the highest amount?', /^2020 has the highest/),
    asked('How many years?', /2020: 2\s+- 2021: 1$/),
  ],
  'seasons.csv': [asked('How many per year?', unclear)],
}

export const periods: Setting[] = Object.entries(questions).map(([name, asks]) => ({
  name: `periods of ${name}`,
  tools: [interpreter],
  system: `You help.\n\nFiles for the code interpreter:\n- /mnt/data/${name} (also /mnt/data/file-abc)`,
  files: { [name]: tables[name] ?? '' },
  questions: asks,
}))
