/** The line that the live view prints for one exchange: when, how long, who, where, how much, and what. */
import type { Endpoint, MysqlRecord, QuerytapRecord } from '../record.ts'
import { durationText } from '../report/figures.ts'

/**
 * `-` where a value is unknown.
 * @param ageNs how long it had run when the capture stopped
 */
export function slowLine(record: QuerytapRecord, width: number, ageNs: number | null = null): string {
  const time =
    record.durationNs === null && ageNs !== null ? `>${durationText(ageNs)}` : durationText(record.durationNs)
  return lineOf(record, width, time, record.protocol === 'mysql' ? rowsText(record) : String(record.statusCode ?? '-'))
}

/** A statement that is not through. */
export function runningLine(record: MysqlRecord, width: number, ageNs: number): string {
  return lineOf(record, width, `>${durationText(ageNs)}`, 'STILL RUNNING')
}

function lineOf(record: QuerytapRecord, width: number, time: string, outcome: string): string {
  const fields = [
    record.startedAt.slice(11, 23),
    time.padStart(9),
    ...(record.protocol === 'mysql' ? [`${record.user ?? '-'}@${record.database ?? '-'}`] : []),
    `${peerText(record.client)} > ${peerText(record.server)}`,
    outcome,
  ]
  const head = `${fields.join('  ')}  `
  const text = `${what(record)}${incompleteText(record)}`
  const room = Math.max(40, width - head.length)
  return head + (text.length > room ? `${text.slice(0, room - 1)}…` : text)
}

/** Pod, else process, with address and port, or with the path of a socket that has one. */
function peerText({ address, port, pod, namespace, container, comm, pid }: Endpoint): string {
  const process = comm === null ? null : `${comm}[${pid ?? '-'}]`
  const who = pod !== null ? `${namespace ?? '-'}/${pod}` : (container?.slice(0, 12) ?? process)
  const where = port !== null ? `${address ?? '-'}:${port}` : address
  return [who, where].filter((each) => each !== null).join(' ') || '-'
}

function rowsText(record: MysqlRecord): string {
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
