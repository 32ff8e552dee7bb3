/** A server's error message without the values that it quotes. Which codes quote names only is known; every other may quote a value. */

/** The server's codes whose quotes hold names of users, schemas, tables, columns, keys, procedures, variables or modes. */
const quotesNames = new Set([
  1005, 1006, 1007, 1008, 1044, 1045, 1046, 1048, 1049, 1050, 1051, 1052, 1054, 1060, 1061, 1066, 1068, 1072, 1091,
  1109, 1113, 1136, 1138, 1142, 1143, 1146, 1170, 1176, 1205, 1213, 1222, 1227, 1235, 1241, 1242, 1264, 1286, 1304,
  1305, 1317, 1318, 1356, 1364, 1370, 1400, 1406, 1419, 1422, 1442, 1451, 1452, 1460, 1553, 1568, 1690, 1698, 1792,
  1836, 1969, 3024, 3572, 3819, 4025, 4031,
])

/** A name that follows the value, as in `Duplicate entry '5' for key 'PRIMARY'`. */
const named = [" for key '", " for column '"]

/**
 * Quotes inside a value are not escaped, so all between the first and the last quote goes, except a name behind it.
 * @param code null: not known
 */
export function withoutQuotedValues(message: string, code: number | null, mayQuoteSecret: boolean): string {
  if (code !== null && quotesNames.has(code) && !mayQuoteSecret) return message
  let end = message.length
  for (const each of named) {
    const at = message.lastIndexOf(`'${each}`)
    if (at >= 0) end = Math.min(end, at + 1)
  }
  const head = message.slice(0, end)
  const first = head.search(/['"]/)
  const last = Math.max(head.lastIndexOf("'"), head.lastIndexOf('"'))
  const rest = message.slice(end)
  if (first < 0) return withoutNumbers(message)
  const behind = last === first ? '' : head.slice(last + 1)
  return `${withoutNumbers(head.slice(0, first))}?${withoutNumbers(behind)}${rest}`
}

/** Numbers may be values too, in what a procedure signals; those of lines and rows are none. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/(?<!\b(?:line|row|position) )(?<![\w$])[-+]?\d[\w.]*/g, '?')
}
