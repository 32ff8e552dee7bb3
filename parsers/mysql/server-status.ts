/** Server status flags, in OK and EOF packets (manual, "SERVER_STATUS_flags_enum"). */

export const serverStatus = {
  SERVER_STATUS_IN_TRANS: 1 << 0,
  SERVER_STATUS_AUTOCOMMIT: 1 << 1,
  SERVER_MORE_RESULTS_EXISTS: 1 << 3,
  SERVER_QUERY_NO_GOOD_INDEX_USED: 1 << 4,
  SERVER_QUERY_NO_INDEX_USED: 1 << 5,
  SERVER_STATUS_CURSOR_EXISTS: 1 << 6,
  SERVER_STATUS_LAST_ROW_SENT: 1 << 7,
  SERVER_STATUS_NO_BACKSLASH_ESCAPES: 1 << 9,
  /** The result set holds the OUT parameters of a procedure. */
  SERVER_PS_OUT_PARAMS: 1 << 12,
  SERVER_SESSION_STATE_CHANGED: 1 << 14,
} as const
