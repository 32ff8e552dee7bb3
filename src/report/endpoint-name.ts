/** One end of a connection in a few characters: `shop/web-7d9f`, `php-fpm@10.0.0.5`, `10.0.0.7:3306`. */
import { z } from 'zod'
import type { Endpoint } from '../record.ts'
import type { Store } from '../store/store.ts'

const endpointRow = z.object({
  address: z.string().nullable(),
  port: z.number().nullable(),
  comm: z.string().nullable(),
  container: z.string().nullable(),
  pod: z.string().nullable(),
  namespace: z.string().nullable(),
})

/** Container ids are shown as far as the tools that made them do. */
const shortContainer = 12

type Named = Pick<Endpoint, 'address' | 'port' | 'comm' | 'container' | 'pod' | 'namespace'>

/** @returns null when nothing is known of this end */
export function nameOf({ address, port, comm, container, pod, namespace }: Named): string | null {
  if (pod !== null) return namespace === null ? pod : `${namespace}/${pod}`
  const place =
    address === null || port === null ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`
  if (container !== null)
    return place === null ? container.slice(0, shortContainer) : `${container.slice(0, shortContainer)}@${place}`
  return comm === null ? place : place === null ? comm : `${comm}@${place}`
}

export function endpointName(store: Store, id: number): string | null {
  return nameOf(
    endpointRow.parse(
      store.database
        .prepare('SELECT address, port, comm, container, pod, namespace FROM endpoints WHERE id = ?')
        .get(id),
    ),
  )
}
