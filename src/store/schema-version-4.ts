/** Version 4 of the schema: what a client connected to, where address translation put its server in the place of it. */

export const version4 = /* sql */ `
ALTER TABLE exchanges ADD COLUMN dialled TEXT;
`
