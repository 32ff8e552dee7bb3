/** Charts of the HTML report, drawn as SVG from data; their colours are the page's. */
import type { DistributionBin } from './digest-detail.ts'
import { boundText } from './digest-section.ts'
import { countText, durationText, shareText } from './figures.ts'
import type { HeatMap } from './heat-map.ts'
import { markup, type Html } from './html-text.ts'
import type { TimeLine } from './time-line.ts'

const width = 960
const leftMargin = 64
const cellHeight = 15
const bottomMargin = 22
const mostCellWidth = 60
/** A label of the time axis takes at most this much. */
const labelWidth = 80

/** Time goes to the right, duration up, and the darker the more calls; shades are logarithmic, so that few slow calls show. */
export function heatMapChart({ timeLine, steps }: HeatMap): Html {
  const edges = steps.flatMap((bins) => bins.map(({ fromNs }) => fromNs))
  if (edges.length === 0) return markup``
  const least = Math.min(...edges)
  const rows = binEdges(least, Math.max(...edges))
  const most = Math.max(...steps.flatMap((bins) => bins.map(({ calls }) => calls)))
  const height = rows.length * cellHeight
  const cellWidth = cellWidthOf(timeLine)
  const cells = steps.flatMap((bins, step) =>
    bins.map(({ fromNs, calls }) => {
      const y = height - (rows.indexOf(fromNs) + 1) * cellHeight
      const opacity = (0.15 + 0.85 * (Math.log1p(calls) / Math.log1p(most))).toFixed(3)
      const from = boundText(fromNs)
      return markup`<rect
        x="${(leftMargin + step * cellWidth).toFixed(1)}"
        y="${y}"
        width="${Math.max(1, cellWidth - 1).toFixed(1)}"
        height="${cellHeight - 1}"
        opacity="${opacity}"
        ><title>${stepLabel(timeLine, step)}, from ${from}: ${countText(calls)} calls</title></rect
      >`
    }),
  )
  const labels = rows.flatMap((fromNs, row) =>
    isDecade(fromNs) || rows.length < 8
      ? [
          markup`<text x="${leftMargin - 8}" y="${height - row * cellHeight - 3}" text-anchor="end"
            >${boundText(fromNs)}</text
          >`,
        ]
      : [],
  )
  return markup`<svg
    class="heat"
    viewBox="0 0 ${width} ${height + bottomMargin}"
    role="img"
    aria-label="Latency heat map: calls by duration over time"
  >
    ${labels}
    <g class="cells">${cells}</g>
    ${timeLabels(timeLine, height)}
  </svg>`
}

/** A short range is a narrow chart. */
function cellWidthOf({ length }: TimeLine): number {
  return Math.min(mostCellWidth, (width - leftMargin) / length)
}

function binEdges(least: number, most: number): number[] {
  const edges: number[] = []
  for (let decade = 1; decade <= 1e16; decade *= 10) {
    for (const step of [1, 2, 5]) edges.push(decade === 1 && step === 1 ? 0 : decade * step)
  }
  return edges.filter((edge) => edge >= least && edge <= most)
}

function isDecade(ns: number): boolean {
  return /^10*$/.test(String(ns))
}

function stepLabel({ fromSecond, stepSeconds }: TimeLine, step: number): string {
  return `${new Date((fromSecond + step * stepSeconds) * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function timeLabels(timeLine: TimeLine, y: number): Html {
  const { length } = timeLine
  const cellWidth = cellWidthOf(timeLine)
  const every = Math.max(1, Math.ceil(length / 6))
  const labels: Html[] = []
  for (let step = 0; step < length; step += every) {
    const long = length * timeLine.stepSeconds > 86_400
    const text = stepLabel(timeLine, step).slice(long ? 5 : 11, 16)
    const x = leftMargin + step * cellWidth
    const fits = x + labelWidth <= width
    labels.push(
      markup`<text x="${(fits ? x : x + cellWidth).toFixed(1)}" y="${y + 16}" text-anchor="${fits ? 'start' : 'end'}"
        >${text}</text
      >`,
    )
  }
  return markup`<g>${labels}</g>`
}

const columnsHeight = 80

/** A column for each step. */
export function courseChart(timeLine: TimeLine, totalNs: readonly number[], calls: readonly number[]): Html {
  const most = Math.max(...totalNs)
  if (timeLine.length < 2 || most <= 0) return markup``
  const cellWidth = cellWidthOf(timeLine)
  const columns = totalNs.flatMap((ns, step) => {
    if (ns <= 0) return []
    const height = Math.max(1, (ns / most) * columnsHeight)
    return [
      markup`<rect
        x="${(leftMargin + step * cellWidth).toFixed(1)}"
        y="${(columnsHeight - height).toFixed(1)}"
        width="${Math.max(1, cellWidth - 1).toFixed(1)}"
        height="${height.toFixed(1)}"
        ><title>${stepLabel(timeLine, step)}: ${durationText(ns)} in ${countText(calls[step] ?? 0)} calls</title></rect
      >`,
    ]
  })
  return markup`<svg
    viewBox="0 0 ${width} ${columnsHeight + bottomMargin}"
    role="img"
    aria-label="Time spent over the range, at most ${durationText(most)} in a step"
  >
    <text x="${leftMargin - 8}" y="12" text-anchor="end">${durationText(most)}</text>
    <g class="cells">${columns}</g>
    ${timeLabels(timeLine, columnsHeight)}
  </svg>`
}

/** A bar for each bin, as long as its share of the calls. */
export function distributionChart(bins: readonly DistributionBin[]): Html {
  const all = bins.reduce((sum, { calls }) => sum + calls, 0)
  const most = Math.max(0, ...bins.map(({ calls }) => calls))
  if (most === 0) return markup``
  const barWidth = width - leftMargin - 160
  const rows = bins.map(({ fromNs, calls }, row) => {
    const y = row * cellHeight
    const length = Math.max(calls > 0 ? 1 : 0, (calls / most) * barWidth)
    return markup`<text x="${leftMargin - 8}" y="${y + 12}" text-anchor="end">${boundText(fromNs)}</text
      ><rect class="bar" x="${leftMargin}" y="${y + 1}" width="${length.toFixed(1)}" height="${cellHeight - 3}" /><text
        x="${(leftMargin + length + 6).toFixed(1)}"
        y="${y + 12}"
        >${countText(calls)} (${shareText(calls / all)})</text
      >`
  })
  return markup`<svg
    viewBox="0 0 ${width} ${bins.length * cellHeight + 4}"
    role="img"
    aria-label="Distribution of ${countText(all)} calls by duration"
  >
    ${rows}
  </svg>`
}

/** A bar in a cell of a table. @param share 0 to 1 */
export function shareBar(share: number): Html {
  const length = (Math.min(1, Math.max(0, share)) * 100).toFixed(1)
  return markup`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="track" width="100" height="10" />
    <rect class="bar" width="${length}" height="10" />
  </svg>`
}
