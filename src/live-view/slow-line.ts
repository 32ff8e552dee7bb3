/** The line that the live view prints for one exchange: when, how long, who, where, how much, and what. */
import type { Endpoint, QuerytapRecord } from '../record.ts'
import { durationText } from '../report/figures.ts'

/** `-` where a value is unknown. */
export function slowLine(record: QuerytapRecord, width: number): string {
  const fields = [
    record.startedAt.slice(11, 23),
    timeText(record).padStart(9),
    ...(record.protocol === 'mysql' ? [`${record.user ?? '-'}@${record.database ?? '-'}`] : []),
    `${peerText(record.client)} > ${peerText(record.server)}`,
    ...(record.protocol === 'mysql' ? [rowsText(record)] : [String(record.statusCode ?? '-')]),
  ]
  const head = `${fields.join('  ')}  `
  const text = `${what(record)}${incompleteText(record)}`
  const room = Math.max(40, width - head.length)
  return head + (text.length > room ? `${text.slice(0, room - 1)}…` : text)
}

function timeText({ durationNs, status }: QuerytapRecord): string {
  return durationNs === null && status === 'unfinished' ? 'running' : durationText(durationNs)
}

/** Pod, else process, with address and port. */
function peerText({ address, port, pod, namespace, container, comm, pid }: Endpoint): string {
  const where = `${address ?? '-'}:${port ?? '-'}`
  if (pod !== null) return `${namespace ?? '-'}/${pod} ${where}`
  if (container !== null) return `${container.slice(0, 12)} ${where}`
  return comm === null ? where : `${comm}[${pid ?? '-'}] ${where}`
}

function rowsText(record: QuerytapRecord & { protocol: 'mysql' }): string {
  if (record.status === 'error') return `error ${record.errorCode ?? '-'}`
  if (record.status === 'unfinished') return 'unfinished'
  if (record.resultSets === 0) return `${record.rowsAffected ?? '-'} affected`
  return `${record.rowsReturned ?? '-'} rows`
}

function what(record: QuerytapRecord): string {
  if (record.protocol === 'http') {
    return `${record.method ?? '-'} ${record.host ?? ''}${record.path ?? '-'}${record.query === null ? '' : `?${record.query}`}`
  }
  const text = (record.statement ?? '').replace(/\s+/g, ' ').trim()
  const said =
    record.command === 'COM_QUERY' || record.command === 'COM_STMT_EXECUTE' ? text : `${record.command} ${text}`.trim()
  return record.errorMessage === null ? said : `${said} -- ${record.errorMessage}`
}

function incompleteText({ incompleteBecause }: QuerytapRecord): string {
  return incompleteBecause === null ? '' : ` (${incompleteBecause})`
}
