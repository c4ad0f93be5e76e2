/** Types of installed-packages.mjs, which runs before TypeScript can. */
interface Lockfile {
  readonly packages: Readonly<
    Record<
      string,
      { readonly version?: string; readonly optional?: boolean; readonly link?: boolean; readonly resolved?: string }
    >
  >;
}
export function isListed(root: string, lockfile: Lockfile): boolean;
export function linkWorkspaces(root: string, lockfile: Lockfile): void;
export function workspacesHaveTheirs(root: string, lockfile: Lockfile): boolean;
