/** What the live session holds of the store by further commands, while its capture runs and afterwards. */
import { spawn, spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MysqlRecord } from '../../src/record.ts'
import { main, readRecords } from './capture-process.ts'
import type { MariadbServer } from './mariadb-server.ts'
import { type Check, checkReplayed } from './record-checks.ts'

export function querytap(args: string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`querytap ${args.join(' ')}: ${status} ${stderr}`)
  return stdout
}

export function checkStoreInUse(check: Check, store: string): void {
  const second = spawnSync(process.execPath, [main, 'capture', '--store', store, '--duration', '1s'], {
    encoding: 'utf8',
  })
  const refused = second.status === 1 && /process \d+ is writing/.test(second.stderr) && second.stdout === ''
  check('a second capture on the same store is refused, and says by whom', refused, [second.status, second.stderr])
  const report = querytap(['report', '--store', store])
  check('report works while the capture writes', /Calls +\d/.test(report), report)
}

export function checkPodCommands(check: Check, store: string, records: MysqlRecord[]): void {
  const pods = querytap(['pods', '--store', store])
  check('pods lists them', /shop\/checkout-7d9f/.test(pods), pods)
  const of = (pattern: string) =>
    readRecords(querytap(['queries', '--store', store, '--pod', pattern, '--json', '--limit', '1000'])).length
  const matching = of('shop/check*')
  check('queries --pod takes shell patterns', matching > 50 && of('shop/cart-*') === 0, matching)
  const report = querytap(['report', '--store', store, '--limit', '1'])
  check('the report begins with the digest that took the longest in total', report.includes(dearest(records)), report)
}

/** @returns the digest with the longest total time */
function dearest(records: MysqlRecord[]): string {
  const totals = new Map<string, number>()
  for (const { digest, durationNs } of records) {
    if (digest !== null) totals.set(digest, (totals.get(digest) ?? 0) + (durationNs ?? 0))
  }
  const [first] = [...totals].sort(([, one], [, other]) => other - one)
  return first?.[0] ?? 'no digest'
}

export function checkReplay(check: Check, recording: string, live: unknown[]): void {
  const replayed = readRecords(querytap(['replay', recording, '--slow', '0', '--json', '--keep-literals']))
  checkReplayed(check, replayed, live)
}

/** A statement of several seconds, while it runs. It may be ended when this resolves. */
export async function checkRunning(
  check: Check,
  store: string,
  { port, user, password }: MariadbServer,
): Promise<{ end(): void }> {
  const login = ['-h127.0.0.1', `-P${port}`, `-u${user}`, `-p${password}`]
  const sleeper = spawn('mariadb', ['--no-defaults', ...login, '-e', "SELECT SLEEP(30), 'secret'"], { stdio: 'ignore' })
  let report = ''
  for (let i = 0; i < 120 && !report.includes('Running now'); i++) {
    await sleep(250)
    report = querytap(['report', '--store', store])
  }
  const told = /^# Running now: 1,[^]*?sleep\(\d+\), 'secret'$/im
  check('the report shows once what is running', told.test(report), report.slice(0, 2000))
  check('the view has it too', runningStatements(store) === '1', runningStatements(store))
  return { end: () => void sleeper.kill() }
}

export function runningStatements(store: string): string {
  return querytap(['sql', 'SELECT count(*) FROM running_statements', '--store', store, '--format', 'csv'])
    .trim()
    .replace(/^.*\s/s, '')
}
