/** A section of the HTML report that is one table: its frame, around the rows that each section makes. */
import { markup, type Html } from './html-text.ts'

/** `text`: set to the left, as words are; a column of bars has no name. */
export interface TableHead {
  name: string
  text?: true
}

export interface TableSection {
  title: string
  caption: string
  heads: readonly TableHead[]
  rows: readonly Html[]
}

export function tableSection({ title, caption, heads, rows }: TableSection): Html {
  return markup`<section>
    <h2>${title}</h2>
    <div class="scroll">
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${heads.map(headCell)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`
}

function headCell({ name, text }: TableHead): Html {
  const content = name === '' ? markup`<span aria-hidden="true"></span>` : markup`${name}`
  return text === true
    ? markup`<th scope="col" class="text">${content}</th> `
    : markup`<th scope="col">${content}</th> `
}
