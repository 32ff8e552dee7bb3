/**
 * The words of SQL that the digest knows, and the look-up that tells them from names without making a string:
 * a word is hashed while it is copied, and its bytes are compared only where the hash is found.
 */
import { classOf, isWordByte, lexeme } from './lexis.ts'

/** What a word means to the digest; a word has several. */
export const meaning = {
  /** Written in lower case. */
  keyword: 1,
  /** Written in lower case when a parenthesis follows. */
  function: 2,
  /** A value may follow: a sign belongs to it, and NULL is one. */
  operand: 4,
  /** NULL, TRUE, FALSE. */
  literal: 8,
  /** A list of values may follow. */
  in: 16,
  /** Rows of values may follow. */
  values: 32,
  /** Part of the string literal that follows: `DATE '2026-01-01'`, `_utf8mb4'é'`. */
  introducer: 64,
  /** Begins a query: the list that it opens is none. */
  query: 128,
  /** A name follows, so a word that is not reserved is one. */
  name: 256,
  /** Not reserved: may be a name. */
  soft: 512,
  /** No space before its parenthesis. */
  call: 1024,
  /** Joins alternatives, of which repeats are given up; what ends the last of them. */
  or: 1 << 11,
  clause: 1 << 12,
  /** Begins a branch of a CASE; ends the last one. */
  when: 1 << 13,
  caseEnd: 1 << 14,
  /** Joins queries; comes after the last one. */
  union: 1 << 15,
  unionEnd: 1 << 16,
  /** A page's size follows; its place follows. */
  limit: 1 << 17,
  offset: 1 << 18,
  /** The parenthesis that follows is a row of VALUES. */
  row: 1 << 19,
  /** An introducer of values that need not be strings. */
  charset: 1 << 20,
  /** A name follows that programs make up. */
  savepoint: 1 << 21,
  /** The statement holds a secret; a secret follows. */
  secret: 1 << 22,
  bySecret: 1 << 23,
  password: 1 << 24,
  server: 1 << 25,
  /** Verbs of statements whose `password` is one, and of those that define a server. */
  account: 1 << 26,
  set: 1 << 27,
  define: 1 << 28,
} as const

/** A word may stand in several groups. */
const groups: [flags: number, words: string][] = [
  [meaning.or, 'or'],
  [meaning.clause, 'where having on then join inner cross straight_join window'],
  [meaning.when, 'when'],
  [meaning.caseEnd, 'else end'],
  [meaning.union, 'union'],
  [meaning.unionEnd, 'order limit'],
  [meaning.limit, 'limit'],
  [meaning.offset, 'offset'],
  [meaning.row, 'row'],
  [meaning.savepoint, 'savepoint'],
  [meaning.secret, 'identified master_password source_password'],
  [meaning.bySecret, 'by as using password'],
  [meaning.password, 'password'],
  [meaning.server, 'server'],
  [meaning.account, 'set change start'],
  [meaning.set, 'set'],
  [meaning.define, 'create alter'],
  [meaning.keyword | meaning.operand | meaning.query, 'select'],
  [meaning.keyword | meaning.query, 'with'],
  [meaning.keyword | meaning.operand | meaning.in, 'in'],
  [meaning.keyword | meaning.operand | meaning.values, 'values'],
  [meaning.keyword | meaning.operand | meaning.values | meaning.soft, 'value'],
  [meaning.literal, 'null true false'],
  [
    meaning.keyword | meaning.operand,
    'all and between binary by call case default distinct distinctrow div else elseif having interval like limit' +
      ' mod on or regexp return rlike sql_calc_found_rows then until using when where while xor',
  ],
  [meaning.keyword | meaning.operand | meaning.soft, 'do escape offset'],
  [meaning.keyword | meaning.name, 'from into join references straight_join table update'],
  [
    meaning.keyword | meaning.call,
    'char convert if insert left repeat replace right schema database current_date current_time current_timestamp' +
      ' current_user localtime localtimestamp utc_date utc_time utc_timestamp row' +
      ' bigint binary bit blob boolean char decimal double float int integer json longblob longtext mediumblob' +
      ' mediumint mediumtext numeric real smallint text tinyblob tinyint tinytext varbinary varchar',
  ],
  [
    meaning.keyword,
    'add alter analyze as asc before both cascade change check collate column condition constraint continue create cross' +
      ' change cursor databases dec declare delayed delete desc describe' +
      ' deterministic drop dual each empty enclosed escaped except exists exit explain fetch for force foreign fulltext' +
      ' function generated get grant group groups high_priority ignore index infile inner inout intersect is iterate' +
      ' join key keys kill lateral leading leave lines load lock loop low_priority match' +
      ' modifies natural not of optimize option optionally order out outer outfile over partition precision primary' +
      ' procedure purge range read recursive release rename require resignal restrict returning revoke rows schemas' +
      ' sensitive separator set show signal spatial sql sqlexception sqlstate sqlwarning ssl starting stored' +
      ' terminated to trailing trigger undo union unique unlock unsigned usage use varying virtual window write zerofill',
  ],
  [
    meaning.keyword | meaning.soft,
    'any account autocommit begin binlog charset close columns comment commit committed consistent deallocate duplicate' +
      ' enable end engine engines execute extended fields first flush global handler identified isolation last level' +
      ' local logs master mode names next no nowait only open prepare privileges processlist prev' +
      ' quick repeatable replica reset rollback savepoint serializable session share server shutdown skip slave snapshot' +
      ' some start status sql_no_cache tables temporary transaction truncate uncommitted variables view warnings work' +
      ' xa',
  ],
  [
    meaning.keyword | meaning.soft | meaning.call,
    'day hour microsecond minute month password quarter second user week year',
  ],
  [meaning.keyword | meaning.soft | meaning.call | meaning.introducer, 'date time timestamp'],
  [
    meaning.introducer | meaning.charset,
    '_armscii8 _ascii _big5 _binary _cp1250 _cp1251 _cp1256 _cp1257 _cp850 _cp852 _cp866 _cp932 _dec8 _eucjpms _euckr' +
      ' _gb18030 _gb2312 _gbk _geostd8 _greek _hebrew _hp8 _keybcs2 _koi8r _koi8u _latin1 _latin2 _latin5 _latin7 _macce' +
      ' _macroman _sjis _swe7 _tis620 _ucs2 _ujis _utf16 _utf16le _utf32 _utf8 _utf8mb3 _utf8mb4',
  ],
  [meaning.in, 'field'],
  [
    meaning.function,
    'abs adddate aes_decrypt aes_encrypt any_value ascii avg bin bit_and bit_or bit_xor cast ceil ceiling char_length' +
      ' character_length coalesce concat concat_ws connection_id conv cos count crc32 curdate curtime date_add date_format' +
      ' date_sub datediff dayname dayofmonth dayofweek dayofyear elt exp export_set extract field find_in_set floor format' +
      ' found_rows from_base64 from_days from_unixtime get_lock greatest group_concat hex ifnull inet6_aton inet6_ntoa' +
      ' inet_aton inet_ntoa instr is_free_lock isnull json_array json_arrayagg json_contains json_extract json_length' +
      ' json_merge_patch json_object json_objectagg json_remove json_set json_unquote json_valid lag last_day' +
      ' last_insert_id lcase lead least length ln load_file locate log log10 log2 lower lpad ltrim make_set makedate max' +
      ' md5 mid min monthname now nullif oct octet_length ord period_add pow power quote radians rand rank dense_rank' +
      ' regexp_like regexp_replace regexp_substr release_lock reverse round row_count row_number rpad rtrim sha sha1 sha2' +
      ' sign sin sleep benchmark soundex space sqrt std stddev str_to_date strcmp subdate substr substring' +
      ' substring_index sum sysdate tan time_format timediff timestampadd timestampdiff to_base64 to_days trim ucase' +
      ' unhex unix_timestamp upper uuid uuid_short uuid_to_bin version weekday yearweek',
  ],
]

const upperA = 0x41
const upperZ = 0x5a

/** Lower case of the ASCII letters, every other byte itself. */
export const lower = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= upperA && byte <= upperZ ? byte + 32 : byte,
)

const slotCount = 4096
const longest = 24
const slots = new Int16Array(slotCount).fill(-1)
const flagsOf: number[] = []
const bytesOf: Uint8Array[] = []

/** One step of the hash that {@link lookUp} takes. */
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + (lower[byte] ?? 0)) | 0
}

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 12)) & (slotCount - 1)
}

function hashOf(bytes: Uint8Array): number {
  let hash = 0
  for (const byte of bytes) hash = hashStep(hash, byte)
  return hash
}

function learn(word: string, flags: number): void {
  const bytes = new TextEncoder().encode(word)
  let slot = slotOf(hashOf(bytes))
  for (let index = slots[slot] ?? -1; index >= 0; index = slots[slot] ?? -1) {
    const same = bytesOf[index]
    if (same !== undefined && new TextDecoder().decode(same) === word) {
      flagsOf[index] = (flagsOf[index] ?? 0) | flags
      return
    }
    slot = (slot + 1) & (slotCount - 1)
  }
  slots[slot] = flagsOf.length
  flagsOf.push(flags)
  bytesOf.push(bytes)
}

for (const [flags, words] of groups) for (const word of words.split(' ')) learn(word, flags)

/** @param hash of the bytes from `start` to `end`, by {@link hashStep} from 0. @returns the word's meanings, 0 for a name */
export function lookUp(hash: number, bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length < 2 || length > longest) return 0
  let slot = slotOf(hash)
  for (let index = slots[slot] ?? -1; index >= 0; index = slots[slot] ?? -1) {
    const word = bytesOf[index]
    if (word !== undefined && word.length === length && equal(word, bytes, start)) return flagsOf[index] ?? 0
    slot = (slot + 1) & (slotCount - 1)
  }
  return 0
}

function equal(word: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < word.length; i++) {
    if (word[i] !== lower[bytes[start + i] ?? 0]) return false
  }
  return true
}

/** @param quote where the opening quote stands. @returns the name up to the closing quote at `end` means the same without them */
export function isPlainName(text: Uint8Array, quote: number, end: number): boolean {
  const start = quote + 1
  if (end <= start || text[end] !== text[quote] || classOf[text[start] ?? 0] !== lexeme.letter) return false
  let hash = 0
  for (let i = start; i < end; i++) {
    const byte = text[i] ?? 0
    if (!isWordByte(byte)) return false
    hash = hashStep(hash, byte)
  }
  return lookUp(hash, text, start, end) === 0
}

/** In place; letters outside ASCII stay. */
export function lowerCase(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) bytes[i] = lower[bytes[i] ?? 0] ?? 0
}
