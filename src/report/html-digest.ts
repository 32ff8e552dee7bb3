/** One digest in the HTML report: its text, figures, charts, who runs it, and samples. */
import type { StoredRecord } from '../store/exchange-rows.ts'
import { attributesOf } from './attributes.ts'
import type { Share } from './digest-detail.ts'
import { countText, durationText, secondText, shareText } from './figures.ts'
import { courseChart, distributionChart } from './html-charts.ts'
import { type Html, markup } from './html-text.ts'
import type { ProfileRow } from './report.ts'
import { sampleOf } from './runnable-sample.ts'
import type { TimeLine } from './time-line.ts'

/** How many digests are open from the beginning. */
const opened = 1

export function digestHtml(row: ProfileRow, timeLine: TimeLine | null): Html {
  const open: Html = { markup: row.rank <= opened ? ' open' : '' }
  const attributes = attributesOf(row).map(
    ({ name, cells }) =>
      markup`<tr>
        <th scope="row" class="text">${name}</th>
        ${cells.map((cell) => markup`<td>${cell}</td>`)}
      </tr>`,
  )
  const names = ['Total', 'Min', 'Avg', 'Max', '50 %', '95 %', '99 %', 'Std. dev.', 'V/M']
  const said: [string, string][] = [
    ['Users', sharesText(row.users)],
    ['Databases', sharesText(row.databases)],
    ['Clients', sharesText(row.clients)],
    ['Servers', sharesText(row.servers)],
    ['Without an index', shareText(row.noIndexUsed / row.calls)],
    ['Seen (UTC)', `${secondText(row.firstSeenAt)} to ${secondText(row.lastSeenAt)}`],
  ]
  return markup`<details id="d${row.digest}" ${open}>
    <summary>${row.rank}. ${row.summary} — ${shareText(row.share)}, ${countText(row.calls)} calls</summary>
    <pre><code>${row.digestText}</code></pre>
    <div class="scroll">
      <table>
        <caption>
          Over all calls; - where the store has no such figure
        </caption>
        <thead>
          <tr>
            <th scope="col" class="text">Attribute</th>
            ${names.map((name) => markup`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${attributes}
        </tbody>
      </table>
    </div>
    <dl class="facts">
      ${said.map(
        ([name, value]) =>
          markup`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <figure>
      <figcaption>Distribution</figcaption>
      ${distributionChart(row.distribution)}
    </figure>
    ${
      timeLine === null
        ? markup``
        : markup`<figure>
            <figcaption>Time spent, over the range</figcaption>
            ${courseChart(timeLine, row.timeLine.totalNs, row.timeLine.calls)}
          </figure>`
    }
    ${sampleHtml('Slowest sample', row.sample)}${sampleHtml('Nearest to the median, of those stored', row.typicalSample)}
  </details> `
}

const mostShares = 8

function sharesText(shares: readonly Share[]): string {
  const shown = shares.slice(0, mostShares).map(({ name, calls }) => `${name ?? '-'} (${countText(calls)})`)
  if (shares.length > mostShares) shown.push(`${countText(shares.length - mostShares)} more`)
  return shown.join(', ')
}

function sampleHtml(title: string, record: StoredRecord | null): Html {
  if (record === null) return markup``
  const head = `${title}: ${durationText(record.durationNs)}, ${secondText(record.startedAt)} UTC, exchange ${record.id}`
  if (record.protocol === 'http') {
    return markup`<p>${head}</p>
      <pre><code>${record.method ?? '-'} ${record.host ?? '-'}${record.path ?? '-'}</code></pre>`
  }
  const sample = sampleOf(record)
  if (sample === null) return markup`<p>${head}</p>`
  const why = sample.kind === 'text' ? ` (not to paste: ${sample.because})` : ''
  return markup`<p>${head}${why}</p>
    <pre><code>${sample.sql}</code></pre>`
}
