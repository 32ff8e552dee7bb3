/** Version 3 of the schema: in a packet capture neither end is observed, and `observed` is null; the proxy beside the client it names. */

export const version3 = /* sql */ `
ALTER TABLE exchanges ADD COLUMN observedEnds TEXT;
UPDATE exchanges SET observedEnds = observed;
ALTER TABLE exchanges DROP COLUMN observed;
ALTER TABLE exchanges RENAME COLUMN observedEnds TO observed;
ALTER TABLE exchanges ADD COLUMN proxy TEXT;
`
