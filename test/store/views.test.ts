/** VIEWS.md says what each view and column is: the page and the schema are the same list. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Store } from '../../src/store/store.ts'
import { views } from '../../src/store/views.ts'
import { fill } from '../report/filled-store.ts'

const page = readFileSync(fileURLToPath(new URL('../../src/store/VIEWS.md', import.meta.url)), 'utf8')

function documented(): Record<string, string[]> {
  const sections = page.split(/^## /m).slice(1)
  return Object.fromEntries(
    sections.map((section) => {
      const columns = section
        .split('\n')
        .filter((line) => line.startsWith('| `'))
        .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''))
      return [section.slice(0, section.indexOf('\n')), columns.sort()]
    }),
  )
}

void t.test('every view and every column is described, and nothing else', async (t) => {
  const store = Store.inMemory()
  fill(store)
  const real = Object.fromEntries(
    Object.keys(views).map((view) => {
      t.ok(Array.isArray(store.database.prepare(`SELECT * FROM ${view}`).all()), view)
      const columns = store.database.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(view) as string[]
      return [view, columns.sort()]
    }),
  )
  t.strictSame(documented(), real)
  store.close()
})

void t.test("the page's examples answer", async (t) => {
  const store = Store.inMemory()
  fill(store)
  const examples = [...page.matchAll(/^querytap sql "(.*)"$/gm)].map(([, sql]) => sql ?? '')
  t.equal(examples.length, 3)
  for (const sql of examples) t.ok(Array.isArray(store.database.prepare(sql).all()), sql)
  t.match(store.database.prepare(examples[0] ?? '').get(), { calls: 100 })
  store.close()
})

void t.test('the views say what was captured', async (t) => {
  const store = Store.inMemory()
  fill(store)
  const all = (sql: string) => store.database.prepare(sql).raw().all()
  t.strictSame(all('SELECT client, protocol, calls FROM clients ORDER BY calls DESC LIMIT 2'), [
    ['shop/web-7d9f', 'mysql', 75],
    ['crm/api-1', 'mysql', 25],
  ])
  t.strictSame(all('SELECT code, calls, message FROM failures'), [[1064, 1, 'no']])
  t.strictSame(all('SELECT run, source, slowMs FROM captures'), [[1, 'live', 50]])
  store.close()
})
