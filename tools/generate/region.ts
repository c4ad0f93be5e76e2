/** How a file has a line of comment. */
const COMMENTS: readonly { readonly files: RegExp; readonly comment: (text: string) => string }[] = [
  { files: /\.(ya?ml|sh)$/, comment: (text) => `# ${text}` },
  { files: /\.json$/, comment: (text) => `// ${text}` },
  { files: /\.md$/, comment: (text) => `<!-- ${text} -->` },
];

const MADE_BY = 'generated from apps/*/service.json by npm run generate';

/** The first line of a file that is generated as a whole. */
export const HEAD = `# ${MADE_BY}. Do not edit.`;

/**
 * Replaces the lines of a region; the lines around it stay as they are.
 * @param body lines as they are to be in the file, with their indentation, without a line break at the end
 * @throws when the file does not have the region once
 */
export function replaceRegion(path: string, text: string, name: string, body: string): string {
  const comment = COMMENTS.find(({ files }) => files.test(path))?.comment;
  if (comment === undefined) throw new Error(`${path}: no comment is known for this kind of file`);
  const [begin, end] = ['BEGIN', 'END'].map((word) => comment(`${MADE_BY}: ${word} ${name}`));
  const lines = text.split('\n');
  const places = [begin, end].map((marker) => lines.flatMap((line, at) => (line.trim() === marker ? [at] : [])));
  const [[from, ...moreFrom], [to, ...moreTo]] = places as [number[], number[]];
  if (from === undefined || to === undefined || moreFrom.length + moreTo.length > 0 || to < from) {
    throw new Error(`${path} does not have the lines "${begin}" and "${end}" once each, in this order. Restore them.`);
  }
  return [...lines.slice(0, from + 1), ...(body === '' ? [] : body.split('\n')), ...lines.slice(to)].join('\n');
}
