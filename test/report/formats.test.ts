/** The report in its other formats. SQL text is anybody's: in none of them does it become more than text. */
import t from 'tap'
import { readFindings } from '../../src/findings/stored-findings.ts'
import { heatMapChart } from '../../src/report/html-charts.ts'
import { reportCsv } from '../../src/report/report-csv.ts'
import { reportHtml } from '../../src/report/report-html.ts'
import { reportMarkdown } from '../../src/report/report-markdown.ts'
import { readReport } from '../../src/report/report.ts'
import { Intake } from '../../src/store/intake.ts'
import { Store } from '../../src/store/store.ts'
import { ends, epochNs, mysqlExchange } from '../store/exchanges.ts'
import { filled } from './filled-store.ts'

const mysql = { protocol: 'mysql', limit: 10 } as const
const hostile = `SELECT "<script>alert('x')</script>" AS \`<img src=x onerror=y>\`, '</style></pre>' FROM \`a"b'&\` \u0007 -- |pipe| \`\`\`fence`

function hostileStore(): Store {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 1, epochNs, keepLiterals: true })
  const names = { user: '<b>u</b>', database: `'"><script>`, errorCode: 1, errorMessage: '<i>' }
  intake.exchange(mysqlExchange(names, hostile), ends({ pod: '<svg/onload=1>', namespace: '"' }))
  intake.exchange(mysqlExchange({ startedAt: 200e9, endedAt: 201e9 }, '=cmd()'), ends())
  intake.flush()
  return store
}

void t.test('the HTML is one file with its charts, and needs nothing else', async (t) => {
  const page = reportHtml(filled(), mysql)
  t.match(page, /^<!doctype html>\s*<html lang="en">/)
  t.match(page, /default-src 'none'/)
  t.notMatch(page, /<script|https?:|url\(|@import|<link/i)
  t.match(page, /aria-label="Latency heat map[^]*<title>2026-05-01 12:00 UTC, from 20ms: 30 calls<\/title>/)
  t.match(page, /<th scope="row" class="text">shop\/web-7d9f<\/th>/)
  t.match(page, /EXPLAIN SELECT \* FROM Orders WHERE id = 100;/)
  t.equal(page.match(/<details/g)?.length, 3)
})

void t.test('no label of the time axis is cut off by the chart, whatever the range', async (t) => {
  for (let length = 2; length <= 120; length++) {
    const timeLine = { fromSecond: 0, stepSeconds: 86_400, length }
    const steps = Array.from({ length }, () => [{ fromNs: 1e6, toNs: 2e6, calls: 1 }])
    const { markup } = heatMapChart({ timeLine, steps })
    for (const [, x, anchor] of markup.matchAll(/<text x="([\d.]+)" y="\d+" text-anchor="(start|end)"\s*>[\d-]+ /g)) {
      // 11 characters of 12 px
      if (anchor === 'start' && Number(x) + 11 * 7 > 960) t.fail(`a label from ${x} on, of ${length} steps`)
      if (Number(x) > 960) t.fail(`a label to ${x}, of ${length} steps`)
    }
    t.match(markup, /text-anchor="(start|end)"\s*>01-01 00:00</)
  }
})

void t.test('nothing in a statement, a name or a message becomes markup', async (t) => {
  const page = reportHtml(hostileStore(), mysql)
  t.notMatch(page, /<(script|img|svg\/|b>|i>)/i)
  t.equal(page.match(/<\/style>/g)?.length, 1)
  t.match(page, '&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;')
  t.match(page, '&quot;/&lt;svg/onload=1&gt;')
  t.notMatch(page, '\u0007')
  t.equal(page.split('<pre>').length, page.split('</pre>').length)
})

void t.test('findings stand in the page and in Markdown as text', async (t) => {
  const store = Store.inMemory()
  const intake = new Intake({ store, slowNs: 1, epochNs, keepLiterals: true })
  const noIndexUsed = { serverStatus: 34, endedAt: 2e9 }
  intake.exchange(mysqlExchange(noIndexUsed, 'SELECT `<img src=x>|` FROM t'), ends({ pod: '<b>', namespace: '"' }))
  intake.flush()
  const findings = readFindings(store, {})
  t.equal(findings.length, 1)
  const page = reportHtml(store, mysql)
  t.match(page, '<h2>Findings</h2>')
  t.match(page, findings[0]?.title)
  t.notMatch(page, /<(img|b>)/i)
  const text = reportMarkdown(readReport(store, mysql), findings)
  t.match(text, /^- \*\*.+\*\* `[0-9a-f]{16}` .*: 1 time, 2\.00s in total\./m)
  t.notMatch(text.slice(text.indexOf('## Findings'), text.indexOf('## 1')), /[^\\]<img/)
})

void t.test('the page of a store without statements has no charts and no fault', async (t) => {
  t.match(reportHtml(Store.inMemory(), mysql), /<dd>0<\/dd>/)
})

void t.test('CSV has a line for each digest, and no cell that a spreadsheet would run', async (t) => {
  const lines = reportCsv(readReport(filled(), mysql)).split('\r\n')
  t.equal(lines.length, 5)
  t.match(lines[0], /^rank,digest,share,calls,/)
  t.match(lines[1], /^1,[0-9a-f]{16},0\.71\d+,100,.*,select \* from Orders where id = \?$/)
  const hostileLines = reportCsv(readReport(hostileStore(), mysql))
  t.notMatch(hostileLines, /(^|,)[=+@]/m)
  t.match(hostileLines, /"select ""<script>|`<img src=x onerror=y>`/i)
})

void t.test('Markdown keeps hostile text in its fence and its cell', async (t) => {
  t.match(reportMarkdown(readReport(filled(), mysql)), /^\| 1 \| `[0-9a-f]{16}` \| 71\.6% .* \| 100 \|/m)
  const text = reportMarkdown(readReport(hostileStore(), mysql))
  const cells = text.split('\n').find((line) => line.startsWith('| 1 |'))
  t.equal(cells?.split(/(?<!\\)\|/).length, 17)
  t.notMatch(text.replace(/^(`{3,})sql\n[^]*?\n\1$/gm, ''), /(?<!\\)<(script|img)/)
})
