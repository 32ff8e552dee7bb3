/** Tests that need root, servers or kernels: they skip with the reason, and fail instead where QUERYTAP_REQUIRE_KERNEL=1. */

/** @param obstacle null: nothing stands in the way @returns tap's `skip` */
export function skipUnlessRequired(obstacle: string | null): string | false {
  return obstacle !== null && process.env['QUERYTAP_REQUIRE_KERNEL'] !== '1' ? obstacle : false
}
