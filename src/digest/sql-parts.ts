/** Where the values and comments of a statement stand, for whoever wants the statement without them rather than its digest. */
export interface SqlParts {
  literal(start: number, end: number): void
  comment(start: number, end: number): void
  /** From here on it cannot be told what is a value. */
  broken(start: number): void
}
