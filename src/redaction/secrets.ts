/** Which texts may hold a secret that must not be kept whatever the user chose, and the user and password of a URL. */

/** Words of statements with passwords and keys: part of `IDENTIFIED BY`, `MASTER_PASSWORD`, `AES_ENCRYPT(…)`, columns too. */
const secretWords = /identified|passw|pwd|aes_(?:en|de)crypt|des_(?:en|de)crypt|\b(?:en|de)code\s*\(/i

/** `mysql://user:password@host`, percent-encoded too. */
const credentials = /(:\/\/|%3a%2f%2f)[^\s'"`/?#@:]{0,256}?(?::|%3a)[^\s'"`]{0,1024}(?:@|%40)/gi
/** The same in a text that was cut before the `@`; a port is none. */
const cutCredentials = /(:\/\/|%3a%2f%2f)[^\s'"`/?#@:]{0,256}?(?::|%3a)(?!\d*$)[^\s'"`/?#@]{1,1024}$/i

export function mayHoldSecret(text: string): boolean {
  return secretWords.test(text) || withoutCredentials(text) !== text
}

export function withoutCredentials(text: string): string {
  if (!text.includes('://') && !/%3a%2f%2f/i.test(text)) return text
  return text.replaceAll(credentials, '$1?@').replace(cutCredentials, '$1?@')
}
