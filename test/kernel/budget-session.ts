/**
 * A result far beyond the copy budget: what it costs the ring, and that its record is exact all the same and does not wait
 * for the next statement. The server's own count of bytes is the truth. Arguments: the attach mode; megabytes of the result.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { MysqlRecord, QuerytapRecord } from '../../src/record.ts'
import { startCapture } from './capture-process.ts'
import { startMariadb } from './mariadb-server.ts'
import { connectionsOver } from './server-ports.ts'
import { check, runSession, sessionDirectory } from './session-program.ts'

const [mode = 'auto', megabytes = '64'] = process.argv.slice(2)
const directory = sessionDirectory('budget')
const select = `SELECT seq, REPEAT('x', 1000) AS filler FROM seq_1_to_${Number(megabytes) * 1000}`
const bytesSent = "SHOW SESSION STATUS LIKE 'Bytes_sent'"
/** The client says nothing for so long after the large result. */
const quietSeconds = 2
const mostRingBytes = 100_000

const mysqlOnly = (records: QuerytapRecord[]): MysqlRecord[] => records.filter((each) => each.protocol === 'mysql')
const isLarge = ({ statement }: MysqlRecord) => statement === select

async function session(): Promise<void> {
  const server = await startMariadb({ generalLog: false })
  try {
    await observed(server.port, server.user, server.password)
  } finally {
    await server.stop()
  }
}

async function observed(port: number, user: string, password: string): Promise<void> {
  const options = ['--attach', mode, '--slow', '0', '--port', String(port), '--store', join(directory, 'budget.db')]
  const capture = await startCapture(options)
  const login = `--no-defaults -h127.0.0.1 -P${port} -u${user} -p${password} --skip-ssl --batch --quick tap`
  const filter = fileURLToPath(new URL('../../../test/kernel/bytes-sent', import.meta.url))
  const client = spawn('bash', [filter, ...login.split(' ')], { stdio: ['pipe', 'pipe', 'inherit'] })
  let told = ''
  client.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => client.once('close', resolve))
  client.stdin.end(`${bytesSent};\n${select};\nsystem sleep ${quietSeconds}\n${bytesSent};\n`)
  let early: MysqlRecord | undefined
  let done = false
  void ended.then(() => {
    done = true
  })
  while (early === undefined && !done) {
    await sleep(50)
    const records = mysqlOnly(capture.records())
    if (!records.some(({ command }) => command === 'COM_QUIT')) early = records.find(isLarge)
  }
  const exitCode = await ended
  await connectionsOver(port)
  const { records, stderr } = await capture.stop()
  check('the client is served', exitCode === 0, told)
  check('nothing is lost but what the budget leaves out', /ring full/.test(stderr) === false, stderr)

  const mysql = mysqlOnly(records)
  const large = mysql.find(isLarge)
  const [first = 0, second = 0] = told.split('\n').map(Number)
  const [show] = mysql.filter(({ statement }) => statement === bytesSent)
  const seen = (show?.responseBytes ?? 0) + (large?.responseBytes ?? 0)
  check('its record does not wait for the next statement', early !== undefined, large)
  check('its bytes are what the server says it sent', seen === second - first, [seen, second - first])
  check(
    'its rows are unknown, and it says why',
    large?.rowsReturned === null && large.complete === false && large.incompleteBecause !== null,
    large?.incompleteBecause,
  )
  const gapNs = large === undefined || large.durationNs === null ? null : sinceLarge(mysql, large, large.durationNs)
  const atRest = gapNs !== null && gapNs >= quietSeconds * 1e9 && gapNs < (quietSeconds + 2) * 1e9
  check('its duration ends with its last byte', atRest, [large?.durationNs, gapNs])
  check(
    'both ends are one record, and it is there once',
    mysql.filter(isLarge).length === 1 && large?.observed === 'both',
  )
  const ringBytes = Number(/(\d+) bytes of events/.exec(stderr)?.[1])
  process.stderr.write(`${ringBytes} bytes of the ring\n`)
  check(`all of it costs the ring less than ${mostRingBytes} bytes`, ringBytes < mostRingBytes, ringBytes)
}

/** Nanoseconds from the end of the large result to the next statement. */
function sinceLarge(records: MysqlRecord[], large: MysqlRecord, durationNs: number): number {
  const next = records.findLast(({ statement }) => statement === bytesSent)
  const nanoseconds = (instant: string) =>
    BigInt(Date.parse(instant.slice(0, 19) + 'Z')) * 1_000_000n + BigInt(instant.slice(20, 29))
  return Number(nanoseconds(next?.startedAt ?? '') - nanoseconds(large.startedAt)) - durationNs
}

await runSession(session)
