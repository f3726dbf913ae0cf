import { functionTool } from '../converse.ts'
import { functions, interpreter, notMine, said, search, type Question, type Setting } from './question.ts'

const calls = (ask: string, ...wanted: [string, Record<string, unknown>][]): Question => ({
  ask,
  says: /says: ok/,
  calls: wanted,
})
const weatherIn = (city: string): [string, Record<string, unknown>] => ['get_weather', { city }]

const weather = [
  calls("What's the weather in Paris?", weatherIn('Paris')),
  calls('weather in paris', weatherIn('paris')),
  calls('paris weather', weatherIn('paris')),
  calls('Weather in Paris and Rome', weatherIn('Paris'), weatherIn('Rome')),
  calls('How cold is it in Oslo?', weatherIn('Oslo')),
  calls('Is it going to rain in London tomorrow?', weatherIn('London')),
  calls('Wie ist das Wetter in Berlin?', weatherIn('Berlin')),
  calls('Quel temps fait-il à Lyon ?', weatherIn('Lyon')),
  calls('¿Qué tiempo hace en Madrid?', weatherIn('Madrid')),
  calls('Without deleting my account, tell me the weather in Rome', weatherIn('Rome')),
]

const orders = [
  calls('Delete my account', ['delete_account', {}]),
  calls('Can you delete my account?', ['delete_account', {}]),
  calls('Lösche mein Konto', ['delete_account', {}]),
  calls('Cancel order 5', ['cancel_order', { order_id: '5' }]),
  calls('Cancel order 5 but not order 6', ['cancel_order', { order_id: '5' }]),
  calls("Don't forget to cancel order 9", ['cancel_order', { order_id: '9' }]),
  calls('Where is order #A-12?', ['lookup_order', { order_id: 'A-12' }]),
  calls('Why is my order 77 not delivered?', ['lookup_order', { order_id: '77' }]),
  calls('Book a flight from Paris to Rome on 2026-05-01', [
    'book_flight',
    { origin: 'Paris', destination: 'Rome', date: '2026-05-01' },
  ]),
]

const text = { type: 'string' }
const cart = [
  functionTool('add_item', 'Add an item to the cart', { item: text, quantity: { type: 'integer' } }, [
    'item',
  ]),
  functionTool('remove_item', 'Remove an item from the cart', { item: text }),
  functionTool('transfer_money', 'Transfer money to another account', {
    recipient: text,
    amount: { type: 'number' },
  }),
  functionTool('get_temperature', 'Get the temperature of a location', { location: text }),
  functionTool('get_rain_probability', 'Get the probability of rain at a location', { location: text }),
]
const shopping = [
  calls('Add milk to the cart', ['add_item', { item: 'milk' }]),
  calls('Add 2 bottles of milk to the cart', ['add_item', { item: 'bottles of milk', quantity: 2 }]),
  calls('Remove milk from my cart', ['remove_item', { item: 'milk' }]),
  said('Do not remove milk from my cart', /says not to/),
  said('Should I remove milk from my cart?', /asked about it/),
  calls('I would like to transfer 20 to Anna', ['transfer_money', { recipient: 'Anna', amount: 20 }]),
  said("Don't transfer 50 to Bob", /says not to/),
  said('Transfer money', /recipient and amount are missing/),
  calls(
    "What's the weather in San Francisco today and the likelihood it'll rain?",
    ['get_temperature', { location: 'San Francisco' }],
    ['get_rain_probability', { location: 'San Francisco' }],
  ),
]

const unsaid = [
  said('temperature?', /the city is missing/),
  said("What's the weather?", /the city is missing/),
  said('Cancel my order', /the order id is missing/),
  said('Book a flight', /origin, destination and date are missing/),
  said('Book a flight from Paris to Rome', /the date is missing/),
  said('Send an email to bob@example.com', /subject and body are missing/),
]

const denied = [
  ...[
    'Do not delete my account',
    "Don't delete my account",
    'Please never delete my account!',
    'You must not delete my account',
    "I don't want you to delete my account",
    'Under no circumstances delete my account',
    "Delete my account. No wait, don't!",
    "Don't cancel and delete my account",
    "Don't cancel order 5",
    "Don't send any email",
    'Bitte lösche mein Konto nicht',
    'Ne supprime pas mon compte',
    'No borres mi cuenta',
  ].map((ask) => said(ask, /did not call .*says not to/)),
  ...[
    'How do I delete my account?',
    'What happens if I delete my account?',
    'Should I delete my account?',
    "Why can't I delete my account?",
  ].map((ask) => said(ask, /did not call delete_account: it changes something/)),
  ...['I deleted my account by accident', 'Is my account deleted?', 'My account', 'delete everything'].map(
    (ask) => said(ask, notMine),
  ),
]

const sales = `date,region,product,units,amount
2024-01-05,North,Apple,3,30.5
2024-01-20,South,Pear,2,20
2024-02-03,North,Pear,5,50
2024-02-14,East,Apple,1,10
2024-03-01,South,Plum,4,44.5
`
const table = (ask: string, says: RegExp): Question => ({ ask, says, programs: true })

const tables = [
  table('Write a CSV with the total of amount by region', /North[^]*\(sandbox:\/mnt\/data\/result\.csv\)/),
  table('Total of amount by region, saved to totals.csv', /\(sandbox:\/mnt\/data\/totals\.csv\)/),
  table('Show the first 2 rows and save them as first.csv', /\(sandbox:\/mnt\/data\/first\.csv\)/),
  table('Export the summary of sales.csv as JSON', /I have not written a JSON file/),
  table('How many rows?', /is 5\./),
  table('Wie viele Zeilen hat die Datei?', /is 5\./),
  table('Combien de lignes ?', /is 5\./),
  table('¿Cuántas filas hay?', /is 5\./),
  table('What columns are there?', /date, region, product, units, amount/),
  table('total amount by region', /North: 80\.5[^]*South: 64\.5[^]*East: 10/),
  table('average amount per product', /Apple: 20\.25[^]*Pear: 35[^]*Plum: 44\.5/),
  table('Summe amount pro region', /North: 80\.5/),
  table('Was ist der höchste amount?', /is 50\./),
  table('Welche region hat den höchsten amount?', /North has the highest/),
  table('total amount by month', /2024-01: 50\.5[^]*2024-02: 60[^]*2024-03: 44\.5/),
  table('count by region', /North: 2[^]*South: 2[^]*East: 1/),
  table('average amount', /is 31\./),
  table('median amount', /is 30\.5\./),
  table('What is the highest amount?', /is 50\./),
  table('Which region has the highest total amount?', /^North has the highest total amount: 80\.5/),
  table('Which product sold the most units?', /^Pear has the highest/),
  table('top 2 regions by amount', /North: 80\.5[^]*South: 64\.5$/),
  table('How many different products?', /3 different values: Apple, Pear, Plum/),
  table('How many sales in North?', /is 2\./),
  table('How many rows have amount greater than 25?', /is 3\./),
  table('How many units were sold in January?', /is 5\./),
  table('total amount in North', /is 80\.5\./),
  table('Which day had the highest amount?', /2024-02-03/),
  table('show me the first 3 rows', /2024-01-05[^]*2024-02-03/),
  table('sort by amount', /\| 10 \|[^]*\| 50 \|/),
  table('Summarize the file', /5 rows, 5 columns[^]*sum 155/),
  table(
    'What is the correlation between units and amount?',
    /could not read a question about the columns[^]*5 rows/,
  ),
  table('Draw a pie chart of amount by product', /pie chart/),
  table('Plot amount by region', /bar chart/),
  table('delete all rows', /only read tables/),
  table('What is 2 + 2?', /= 4/),
  said('Hello', /^Hello!/),
]

const passages =
  '【4:0†handbook.md】 page 1\n# Handbook\nThis handbook describes life at Acme. Lunch is at noon.\n\n' +
  '【4:1†team.md】\n# Team\nAnna Schmidt is the CEO. Bob Jones leads sales.'
const found = (ask: string, says: RegExp, queries = [ask]): Question => ({
  ask,
  says,
  calls: [['file_search', { queries }]],
})

const files = [
  found('Who is the CEO?', /“Anna Schmidt is the CEO\.”【4:1†team\.md】/),
  found('CEO?', /Anna Schmidt/),
  found('Wer ist der CEO?', /Anna Schmidt/),
  found('When is lunch?', /“Lunch is at noon\.”/),
  found('Tell me about Bob', /Bob Jones/),
  found('What is the salary of the janitor?', /no sentence with the words of your question/),
  found('Summarize the file', /only quote.*handbook\.md, team\.md.*【4:0†handbook\.md】.*【4:1†team\.md】/, [
    'handbook',
    'team',
    'introduction overview summary purpose',
  ]),
  found('Summarize handbook.md', /The file is handbook\.md/, [
    'handbook',
    'introduction overview summary purpose',
  ]),
  said('What files do you have?', /2 files: handbook\.md, team\.md/),
  said('How many files are there?', /2 files/),
  said('Hello', /^Hello!/),
  said('help', /look things up in your files/),
]

const looked = (ask: string, says: RegExp): Question => ({ ...found(ask, says), programs: true })
const both = [
  looked('How many people are CEO?', /“Anna Schmidt is the CEO\.”/),
  looked('How many people does Acme have for lunch?', /“Lunch is at noon\.”/),
  table('How many rows are in the data?', /is 5\./),
  table('How many sales are there?', /is \d+\./),
  table('What is the total amount by region?', /North/),
  table('How many files are there?', /2 files/),
]

export const tools: Setting[] = [
  { name: 'functions', tools: functions, answer: 'ok', questions: [...weather, ...orders] },
  { name: 'functions of a shop', tools: cart, answer: 'ok', questions: shopping },
  { name: 'arguments that are not said', tools: functions, answer: 'ok', questions: unsaid },
  { name: 'functions that are not asked for', tools: functions, answer: 'ok', questions: denied },
  {
    name: 'a table',
    tools: [interpreter],
    system: 'You help.\n\nFiles for the code interpreter:\n- /mnt/data/sales.csv (also /mnt/data/file-abc)',
    files: { 'sales.csv': sales },
    questions: tables,
  },
  {
    name: 'a table and files to search',
    tools: [interpreter, search],
    system:
      'You help.\n\nFiles for the code interpreter:\n- /mnt/data/sales.csv (also /mnt/data/file-abc)\n\n' +
      'Files for file_search: 2\n- "handbook.md"\n- "team.md"',
    files: { 'sales.csv': sales },
    answer: passages,
    questions: both,
  },
  {
    name: 'a workbook',
    tools: [interpreter],
    system: 'You help.\n\nFiles for the code interpreter:\n- /mnt/data/sales.xlsx (also /mnt/data/file-abc)',
    files: { 'sales.xlsx': 'PK' },
    questions: [
      said('How many rows does the file have?', /^sales\.xlsx is a workbook\. .*Save the sheet as CSV/),
      said('Summarize it', /^sales\.xlsx is a workbook/),
      { ask: 'What is 6 * 7?', says: /42/, programs: true },
    ],
  },
  {
    name: 'files to search',
    tools: [search],
    system: 'You help.\n\nFiles for file_search: 2\n- "handbook.md"\n- "team.md"',
    answer: passages,
    questions: files,
  },
]
