/** The HTML report's list of what ran when it was made. */
import { countText, durationText } from './figures.ts'
import { tableSection } from './html-table.ts'
import { markup, type Html } from './html-text.ts'
import type { RunningNow } from './running-now.ts'

const mostRunning = 50

export function runningHtml(running: readonly RunningNow[]): Html {
  if (running.length === 0) return markup``
  const more = running.length - mostRunning
  const rows = running.slice(0, mostRunning).map(
    (each) =>
      markup`<tr>
        <td>${durationText(each.ageNs)}</td>
        <td>${each.connectionId === null ? '-' : String(each.connectionId)}</td>
        <td class="text">${each.user ?? '-'}@${each.database ?? '-'}</td>
        <td class="text">${each.client ?? '-'}</td>
        <td class="text">${each.server ?? '-'}</td>
        <td class="text"><code>${each.digest}</code></td>
        <td class="text wide"><code>${each.statement}</code></td>
      </tr> `,
  )
  return tableSection({
    title: 'Running now',
    caption: `When the report was made, the longest first${more > 0 ? `; ${countText(more)} more are left out` : ''}`,
    heads: [
      { name: 'For' },
      { name: 'Connection' },
      ...['User', 'Client', 'Server', 'Digest', 'Statement'].map((name) => ({ name, text: true as const })),
    ],
    rows,
  })
}
