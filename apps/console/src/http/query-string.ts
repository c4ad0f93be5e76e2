/** Without what is not given. */
export function queryString(given: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(given).flatMap(([name, value]) => (value ? [[name, value] as [string, string]] : []));
  return new URLSearchParams(entries).toString();
}
