/** Version 6 of the schema: which bytes are an exchange's response is null where that is not known. */

export const version6 = /* sql */ `
ALTER TABLE exchanges RENAME COLUMN responseBytes TO responseBytesOfAll;
ALTER TABLE exchanges ADD COLUMN responseBytes INTEGER;
UPDATE exchanges SET responseBytes = responseBytesOfAll;
ALTER TABLE exchanges DROP COLUMN responseBytesOfAll;
`
