/** Types of values in the binary protocol (manual, "enum_field_types"), and how long each is. */

export const columnType = {
  MYSQL_TYPE_DECIMAL: 0x00,
  MYSQL_TYPE_TINY: 0x01,
  MYSQL_TYPE_SHORT: 0x02,
  MYSQL_TYPE_LONG: 0x03,
  MYSQL_TYPE_FLOAT: 0x04,
  MYSQL_TYPE_DOUBLE: 0x05,
  MYSQL_TYPE_NULL: 0x06,
  MYSQL_TYPE_TIMESTAMP: 0x07,
  MYSQL_TYPE_LONGLONG: 0x08,
  MYSQL_TYPE_INT24: 0x09,
  MYSQL_TYPE_DATE: 0x0a,
  MYSQL_TYPE_TIME: 0x0b,
  MYSQL_TYPE_DATETIME: 0x0c,
  MYSQL_TYPE_YEAR: 0x0d,
  MYSQL_TYPE_NEWDATE: 0x0e,
  MYSQL_TYPE_VARCHAR: 0x0f,
  MYSQL_TYPE_BIT: 0x10,
  MYSQL_TYPE_VECTOR: 0xf2,
  MYSQL_TYPE_BOOL: 0xf4,
  MYSQL_TYPE_JSON: 0xf5,
  MYSQL_TYPE_NEWDECIMAL: 0xf6,
  MYSQL_TYPE_ENUM: 0xf7,
  MYSQL_TYPE_SET: 0xf8,
  MYSQL_TYPE_TINY_BLOB: 0xf9,
  MYSQL_TYPE_MEDIUM_BLOB: 0xfa,
  MYSQL_TYPE_LONG_BLOB: 0xfb,
  MYSQL_TYPE_BLOB: 0xfc,
  MYSQL_TYPE_VAR_STRING: 0xfd,
  MYSQL_TYPE_STRING: 0xfe,
  MYSQL_TYPE_GEOMETRY: 0xff,
} as const

/** `date`: its length is one byte in front; `text`: its length is length-encoded. A number: so many bytes. */
const lengths: ReadonlyMap<number, number | 'date' | 'text'> = new Map(
  Object.values(columnType).map((type) => [type, lengthOf(type)]),
)

function lengthOf(type: number): number | 'date' | 'text' {
  switch (type) {
    case columnType.MYSQL_TYPE_NULL:
      return 0
    case columnType.MYSQL_TYPE_TINY:
    case columnType.MYSQL_TYPE_BOOL:
      return 1
    case columnType.MYSQL_TYPE_SHORT:
    case columnType.MYSQL_TYPE_YEAR:
      return 2
    case columnType.MYSQL_TYPE_LONG:
    case columnType.MYSQL_TYPE_INT24:
    case columnType.MYSQL_TYPE_FLOAT:
      return 4
    case columnType.MYSQL_TYPE_LONGLONG:
    case columnType.MYSQL_TYPE_DOUBLE:
      return 8
    case columnType.MYSQL_TYPE_DATE:
    case columnType.MYSQL_TYPE_NEWDATE:
    case columnType.MYSQL_TYPE_TIME:
    case columnType.MYSQL_TYPE_DATETIME:
    case columnType.MYSQL_TYPE_TIMESTAMP:
      return 'date'
    default:
      return 'text'
  }
}

/** @returns undefined where there is no such type */
export function valueLength(type: number): number | 'date' | 'text' | undefined {
  return lengths.get(type)
}
