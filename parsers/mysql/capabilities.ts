/** Capability flags (manual, "Capabilities Flags"; MariaDB's own are above bit 32 and sent apart). */

export const capability = {
  /** CLIENT_LONG_PASSWORD of old; MariaDB clears it to say that its own capabilities follow. */
  CLIENT_MYSQL: 1 << 0,
  CLIENT_CONNECT_WITH_DB: 1 << 3,
  CLIENT_COMPRESS: 1 << 5,
  CLIENT_LOCAL_FILES: 1 << 7,
  CLIENT_PROTOCOL_41: 1 << 9,
  CLIENT_SSL: 1 << 11,
  CLIENT_SECURE_CONNECTION: 1 << 15,
  CLIENT_MULTI_STATEMENTS: 1 << 16,
  CLIENT_PLUGIN_AUTH: 1 << 19,
  CLIENT_CONNECT_ATTRS: 1 << 20,
  CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA: 1 << 21,
  CLIENT_SESSION_TRACK: 1 << 23,
  CLIENT_DEPRECATE_EOF: 1 << 24,
  CLIENT_OPTIONAL_RESULTSET_METADATA: 1 << 25,
  CLIENT_ZSTD_COMPRESSION_ALGORITHM: 1 << 26,
  CLIENT_QUERY_ATTRIBUTES: 1 << 27,
} as const

/** MariaDB's own (its manual, "Connection: Capabilities"), less the 32 bits in front. */
export const mariadbCapability = {
  MARIADB_CLIENT_CACHE_METADATA: 1 << 4,
} as const

export type Capability = keyof typeof capability

/** What both ends said they can. Undefined: the handshake was not seen. */
export type Capabilities = number | undefined

/** @returns undefined where the handshake was not seen */
export function has(capabilities: Capabilities, name: Capability): boolean | undefined {
  return capabilities === undefined ? undefined : (capabilities & capability[name]) !== 0
}
