/** Scripts become statements, however they are cut into chunks. */
import fc from 'fast-check'
import t from 'tap'
import { sqlMode } from '../../parsers/mysql/sql-mode.ts'
import { StatementSplitter } from '../../src/digest/statement-splitter.ts'

function split(script: string, size = script.length + 1, mode = 0): string[] {
  const found: string[] = []
  const splitter = new StatementSplitter(mode, (statement) => found.push(new TextDecoder().decode(statement)))
  const bytes = new TextEncoder().encode(script)
  for (let at = 0; at < bytes.length; at += size) splitter.push(bytes.subarray(at, at + size))
  splitter.end()
  return found
}

const script = `
select 1;
select ';
' , ";
", \`;
\` from t; -- a comment;
/* ;
*/ select 2;  
# it's;
select 3; select 4;

;
select 'it''s \\';
'`

const statements = [
  'select 1',
  'select \';\n\' , ";\n", `;\n` from t; -- a comment;\n/* ;\n*/ select 2',
  "# it's;\nselect 3; select 4",
  "select 'it''s \\';\n'",
]

void t.test('a semicolon at the end of a line ends a statement, outside strings, names and comments', async (t) => {
  t.same(split(script), statements)
})

void t.test('chunks of any size give the same statements', async (t) => {
  for (let size = 1; size < 40; size++) t.same(split(script, size), statements)
})

void t.test('a backslash is a character, and double quotes hold a name, where the SQL mode says so', async (t) => {
  t.same(split("select 'a\\';\nselect 2", 100, sqlMode.NO_BACKSLASH_ESCAPES), ["select 'a\\'", 'select 2'])
  t.same(split('select "a\\";\nselect 2', 100, sqlMode.ANSI_QUOTES), ['select "a\\"', 'select 2'])
})

void t.test('a statement of megabytes is one, and nothing is lost of one that has no end', async (t) => {
  const long = `select ${'x, '.repeat(1_000_000)}y`
  t.same(split(`${long};\nselect 2`, 65_536), [long, 'select 2'])
})

void t.test('any script gives the same whole and in pieces', async () => {
  const part = fc.constantFrom('select 1', ';', '\n', ' ', "'", '"', '`', '\\', '/*', '*/', '--', '#', 'é')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), (parts, size) => {
      const text = parts.join('')
      return JSON.stringify(split(text)) === JSON.stringify(split(text, size))
    }),
  )
})
