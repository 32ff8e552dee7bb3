/** What a comparison finds: how many there are, how many agree, and each difference. */

export interface Comparison {
  logged: number
  captured: number
  exact: number
  /** Statements that performance_schema has too; of these how many agree. */
  events: number
  rows: number
  affected: number
  errors: number
  warnings: number
  indexFlags: number
  told: number
  toldEqual: number
  /** Rows or texts that are null, with the reason on the record. */
  unknown: number
  differences: string[]
}
