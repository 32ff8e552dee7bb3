/** Version 5 of the schema: what the server's session tracking told: GTIDs, the transaction's state, variables. */

export const version5 = /* sql */ `
ALTER TABLE exchanges ADD COLUMN gtids TEXT;
ALTER TABLE exchanges ADD COLUMN transactionState TEXT;
ALTER TABLE exchanges ADD COLUMN transactionCharacteristics TEXT;
ALTER TABLE exchanges ADD COLUMN sessionVariables TEXT;
`
