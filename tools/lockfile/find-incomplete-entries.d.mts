/** Of package-lock.json, what this looks at. */
export interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>>; readonly version?: string }>
  >;
}

export function findIncompleteEntries(lockfile: Lockfile): string[];
