/** The HTML report's findings: what costs more than it must, with why and what to try. */
import type { Finding } from '../findings/stored-findings.ts'
import { countText, durationText, secondText } from './figures.ts'
import { tableSection } from './html-table.ts'
import { markup, type Html } from './html-text.ts'

const mostFindings = 20
const mostClients = 3

export function findingsHtml(findings: readonly Finding[]): Html {
  if (findings.length === 0) return markup``
  const more = findings.length - mostFindings
  return tableSection({
    title: 'Findings',
    caption: `By what they cost${more > 0 ? `; ${countText(more)} more are left out` : ''}`,
    heads: [
      { name: 'Finding', text: true },
      { name: 'Digest', text: true },
      ...['Times', 'Calls', 'Cost', 'Longest'].map((name) => ({ name })),
      { name: 'Statement, why, and what to try', text: true },
    ],
    rows: findings.slice(0, mostFindings).map(rowHtml),
  })
}

function rowHtml(finding: Finding): Html {
  const clients = finding.clients.slice(0, mostClients).map(({ name }) => name ?? '-')
  const more = finding.clients.length > mostClients ? `, ${finding.clients.length - mostClients} more` : ''
  const cause = finding.cause === null ? markup`` : markup`<p>Rows of <code>${finding.cause.digestText}</code></p>`
  return markup`<tr>
    <th scope="row" class="text">${finding.title}</th>
    <td class="text"><code>${finding.digest}</code></td>
    <td>${countText(finding.count)}</td>
    <td>${countText(finding.calls)}</td>
    <td>${durationText(finding.costNs)}</td>
    <td>${durationText(finding.longestNs)}</td>
    <td class="text wide">
      <code>${finding.digestText}</code>
      ${cause}
      <p>${clients.join(', ')}${more}; ${secondText(finding.firstAt)} to ${secondText(finding.lastAt)} UTC</p>
      <p>${finding.why}</p>
      <p>${finding.try}</p>
    </td>
  </tr> `
}
