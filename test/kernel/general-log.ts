/** MariaDB's general log as data: which connection sent which command with which argument, in order. */

export interface LoggedCommand {
  connection: number
  /** As the log names it: `Connect`, `Query`, `Init DB`, `Prepare`, `Execute`, `Close stmt`, `Ping`, `Quit`. */
  command: string
  argument: string
}

/** A time or a tab, a tab, the connection's id, the command, a tab, the argument; further lines belong to the argument. */
const entry =
  /^(?:\d{6} [ \d]\d:\d\d:\d\d)?\t+ *(\d+) (Connect|Query|Init DB|Prepare|Execute|Close stmt|Reset stmt|Ping|Quit|Change user|Statistics|Field List|Fetch|Long Data|Reset connection)\t?(.*)$/

export function readGeneralLog(text: string): LoggedCommand[] {
  const commands: LoggedCommand[] = []
  for (const line of text.split('\n')) {
    const match = entry.exec(line)
    const last = commands.at(-1)
    if (match !== null)
      commands.push({ connection: Number(match[1]), command: match[2] ?? '', argument: match[3] ?? '' })
    else if (last !== undefined && line !== '') last.argument += `\n${line}`
  }
  return commands
}
