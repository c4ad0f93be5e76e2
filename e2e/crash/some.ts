/** As many as there are, and the first few of them: the databases are there for the others. */
export function some(what: string, which: readonly string[]): string[] {
  return which.length === 0 ? [] : [`${which.length} ${what}, such as ${which.slice(0, 3).join(', ')}`];
}
