/**
 * The store's schema: an ordered list of migrations, of which a store has had the first `user_version`. A released
 * migration is never changed; what comes later is added. Migrations are about tables: the views are made anew behind them.
 */
import { version1 } from './schema-version-1.ts'
import { version2 } from './schema-version-2.ts'
import { version3 } from './schema-version-3.ts'
import { version4 } from './schema-version-4.ts'
import { version5 } from './schema-version-5.ts'
import { version6 } from './schema-version-6.ts'

/** `qtap`: marks a SQLite file as a querytap store. */
export const applicationId = 0x71746170

export const migrations: readonly string[] = [version1, version2, version3, version4, version5, version6]
