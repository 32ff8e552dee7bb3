/** Who speaks to whom on one connection, and at which end it is observed. One object per connection, shared by its exchanges. */
import type { Clock, Endpoint, Observed } from '../record.ts'

export interface Ends {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly clock: Clock
  readonly observed: Observed
}
