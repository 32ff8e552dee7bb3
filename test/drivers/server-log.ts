/** The general log of MariaDB or MySQL as data. Bytes are read as Latin-1, so that what is no UTF-8 can be compared too. */

export interface LoggedCommand {
  connection: number
  /** As the log names it: `Connect`, `Query`, `Init DB`, `Prepare`, `Execute`, `Close stmt`, … */
  command: string
  argument: string
}

/** MariaDB: a time or a tab; MySQL: an instant; a tab, the connection's id, the command, a tab, the argument. Further lines belong to the argument. */
const entry =
  /^(?:\d{6} [ \d]\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.]+Z|\t)?\t *(\d+) ((?:Connect|Query|Init DB|Prepare|Execute|Close stmt|Reset stmt|Ping|Quit|Change user|Statistics|Field List|Fetch|Long Data|Reset connection|Debug|Bulk_execute|Set option|Processlist|Refresh|Kill|Binlog Dump(?: GTID)?|Register (?:Slave|Replica)))\t?(.*)$/

export function readServerLog(text: string): LoggedCommand[] {
  const commands: LoggedCommand[] = []
  for (const line of text.split('\n')) {
    const match = entry.exec(line)
    const last = commands.at(-1)
    if (match !== null)
      commands.push({ connection: Number(match[1]), command: match[2] ?? '', argument: match[3] ?? '' })
    else if (last !== undefined) last.argument += `\n${line}`
  }
  const last = commands.at(-1)
  if (last !== undefined) last.argument = last.argument.replace(/\n$/, '')
  return commands
}
