/** The payloads of a MySQL greeting and of its login, as made-up traffic of the benchmarks begins. */
import { Buffer } from 'node:buffer'

export const greeting = Buffer.concat([
  Buffer.from('\x0a8.0.36\0\x07\0\0\0aaaaaaaa'),
  Buffer.from('00fff7ff0200ff8115', 'hex'),
  Buffer.alloc(10),
  Buffer.alloc(12, 'b'),
  Buffer.from('\0mysql_native_password\0'),
])

export const login = Buffer.concat([
  Buffer.from('8da20a000000004021', 'hex'),
  Buffer.alloc(23),
  Buffer.from('app\0\0shop\0mysql_native_password\0'),
])
