/** The report as one HTML file that needs no network and no script: heat map, top digests, clients, and each digest in full. */
import { type Finding, readFindings } from '../findings/stored-findings.ts'
import type { Store } from '../store/store.ts'
import { countText, durationText, rateText, shareText } from './figures.ts'
import { type GroupRow, readGroups } from './groups.ts'
import { type HeatMap, readHeatMap } from './heat-map.ts'
import { heatMapChart, shareBar } from './html-charts.ts'
import { digestHtml } from './html-digest.ts'
import { findingsHtml } from './html-findings.ts'
import { runningHtml } from './html-running.ts'
import { styleSheet } from './html-style.ts'
import { tableSection } from './html-table.ts'
import { markup, type Html } from './html-text.ts'
import { lossText } from './loss-text.ts'
import { orderTitles } from './ranking.ts'
import { protocolTitles, rangeText } from './report-text.ts'
import { readReport, type Report, type ReportOptions } from './report.ts'

const mostGroups = 20
export function reportHtml(store: Store, options: ReportOptions): string {
  return store.database.transaction(() => {
    const report = readReport(store, options)
    const { protocol, timeLine } = report
    const heat = timeLine === null ? null : readHeatMap(store, options, protocol, timeLine)
    const groups = readGroups(store, options, 'client').filter((each) => each.protocol === protocol)
    const findings = protocol === 'mysql' ? readFindings(store, options) : []
    return page(report, heat, groups, findings).markup
  })()
}

function page(report: Report, heat: HeatMap | null, groups: readonly GroupRow[], findings: readonly Finding[]): Html {
  const title = `querytap report: ${protocolTitles[report.protocol].what} by ${orderTitles[report.orderBy]}`
  const style: Html = { markup: styleSheet }
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p>${rangeText(report)}</p>
          ${facts(report)}
        </header>
        <main>
          ${runningHtml(report.running)} ${heat === null ? markup`` : heatSection(heat)} ${report.profile.length === 0 ? markup`` : profileSection(report)}
          ${findingsHtml(findings)} ${groups.length === 0 ? markup`` : groupSection(groups)}
          <section>
            <h2>Each of them</h2>
            ${report.profile.map((row) => digestHtml(row, report.timeLine))}
          </section>
        </main>
      </body>
    </html> `
}

function facts(report: Report): Html {
  const all: [string, string][] = [
    ['Calls', countText(report.calls)],
    ['Digests', countText(report.digests)],
    ['Rate', rateText(report.callsPerSecond)],
    ['Total time', durationText(report.totalNs)],
    ['Concurrency', report.concurrency.toFixed(2)],
    ['Errors', countText(report.errors)],
    ['Unfinished', countText(report.unfinished)],
    ['Not seen in full', countText(report.incomplete)],
    ['Lost', lossText(report.lost)],
  ]
  return markup`<dl class="facts">
    ${all.map(
      ([name, value]) =>
        markup`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`
}

function heatSection(heat: HeatMap): Html {
  return markup`<section>
    <h2>Latency over time</h2>
    <figure>
      ${heatMapChart(heat)}
      <figcaption>
        Calls by duration; the shade is logarithmic. Times are UTC. The figures are in the tables below.
      </figcaption>
    </figure>
  </section>`
}

function profileSection({ profile, digests }: Report): Html {
  const most = Math.max(...profile.map(({ share }) => share), Number.MIN_VALUE)
  const rows = profile.map(
    (row) =>
      markup`<tr>
        <td>${row.rank}</td>
        <td class="text">
          <a href="#d${row.digest}"><code>${row.digest}</code></a>
        </td>
        <td>${shareText(row.share)}</td>
        <td class="text">${shareBar(row.share / most)}</td>
        <td>${durationText(row.totalNs)}</td>
        <td>${countText(row.calls)}</td>
        ${[row.avgNs, row.p50Ns, row.p95Ns, row.p99Ns, row.maxNs].map((ns) => markup`<td>${durationText(ns)}</td>`)}
        <td class="${row.errors > 0 ? 'bad' : ''}">${countText(row.errors)}</td>
        <td class="text wide">${row.summary}</td>
      </tr> `,
  )
  return tableSection({
    title: 'Top digests',
    caption: `${countText(profile.length)} of ${countText(digests)} digests; share is of the total time`,
    heads: [
      { name: '#' },
      { name: 'Digest', text: true },
      { name: 'Share' },
      { name: '', text: true },
      ...['Total', 'Calls', 'Avg', 'p50', 'p95', 'p99', 'Max', 'Errors'].map((name) => ({ name })),
      { name: 'Summary', text: true },
    ],
    rows,
  })
}

function groupSection(groups: readonly GroupRow[]): Html {
  const all = groups.reduce((sum, { totalNs }) => sum + totalNs, 0)
  const most = Math.max(...groups.map(({ totalNs }) => totalNs), 1)
  const rows = groups.slice(0, mostGroups).map(
    (each) =>
      markup`<tr>
        <th scope="row" class="text">${each.client ?? '-'}</th>
        <td class="text">${shareBar(each.totalNs / most)}</td>
        <td>${shareText(each.totalNs / Math.max(1, all))}</td>
        <td>${durationText(each.totalNs)}</td>
        <td>${countText(each.calls)}</td>
        <td>${durationText(each.avgNs)}</td>
        <td>${durationText(each.p95Ns)}</td>
        <td>${durationText(each.maxNs)}</td>
        <td class="${each.errors > 0 ? 'bad' : ''}">${countText(each.errors)}</td>
      </tr> `,
  )
  const more = groups.length > mostGroups ? `; ${countText(groups.length - mostGroups)} more are left out` : ''
  return tableSection({
    title: 'Pods and clients',
    caption: `By total time${more}`,
    heads: [
      { name: 'Client', text: true },
      { name: '', text: true },
      ...['Share', 'Total', 'Calls', 'Avg', 'p95', 'Max', 'Errors'].map((name) => ({ name })),
    ],
    rows,
  })
}
