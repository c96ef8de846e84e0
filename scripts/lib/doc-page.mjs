/** @file What the pages have in common that are written from the declarations: sentences from comments, tables of arguments. */

/**
 * @typedef {{ doc: string, expects: string, optional: boolean, fallback?: unknown }} Field
 * @typedef {{ readonly [name: string]: Field }} Schema
 */

/**
 * The paragraphs of a comment, each in one line, without tags.
 *
 * @param {string} comment
 */
export function paragraphsOf(comment) {
  const text = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
  const [body] = text.split(/\n(?=@)/)
  return /** @type {string} */ (body)
    .split('\n\n')
    .map((paragraph) => paragraph.trim().replaceAll('\n', ' '))
    .filter(Boolean)
}

/**
 * The paragraphs above a function, a constant or a member of an object; none where there is no comment.
 *
 * @param {string} name
 * @param {string} source
 */
export function commentAbove(name, source) {
  const comment = '\\/\\*\\*((?:(?!\\*\\/)[\\s\\S])*)\\*\\/\\n'
  const member = source.match(new RegExp(`${comment}  ${name}: `))
  const found = member ?? source.match(new RegExp(`${comment}(?:export )?(?:function|const) ${name}\\b`))
  return found ? paragraphsOf(/** @type {string} */ (found[1])) : []
}

/**
 * Without what the table and the link say.
 *
 * @param {string} paragraph
 */
export function withoutRepetition(paragraph) {
  return paragraph
    .replace(/Defaults?: (?:[^.]|\.\d)*\.(?: |$)/, '')
    .replace(/Keras: https:[^ ;]+(?:; )?/, '')
    .trim()
}

/**
 * @param {Schema} schema
 * @param {(name: string, field: Field) => string} [kindOf] what an argument takes
 */
export function argumentTable(schema, kindOf = (_, { expects }) => expects) {
  const rows = Object.entries(schema).map(([name, field]) => [
    `\`${name}\``,
    kindOf(name, field),
    field.optional ? `\`${JSON.stringify(field.fallback)}\`` : '**required**',
    field.doc,
  ])
  return markdownTable(['argument', 'takes', 'default', ''], rows)
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function markdownTable(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`
}
