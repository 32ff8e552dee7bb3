/** HTML from text that anybody may have sent: whatever is not made here is escaped. */
import { printable } from './figures.ts'

/** Markup that was made here. */
export interface Html {
  readonly markup: string
}

type Part = Html | string | number | readonly Html[]

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function partMarkup(part: Part): string {
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return printable(part).replace(/[&<>"']/g, (character) => entities[character] ?? '')
  return 'markup' in part ? part.markup : part.map((each) => each.markup).join('')
}

/** A template whose values are escaped, in elements and in quoted attributes; what is Html already stays. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const written = strings.reduce((text, each, index) => text + partMarkup(parts[index - 1] ?? '') + each)
  return { markup: written }
}
