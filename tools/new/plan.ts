/** The new text of each file by its path from the root of the checkout; `undefined` where the file is removed. */
export type Changes = ReadonlyMap<string, string | undefined>;

/** What a command does, computed before anything is written. */
export interface Plan {
  readonly changes: Changes;
  /** Beginnings of the paths that the steps write. */
  readonly generated: readonly string[];
  /** Folders that are removed with what git ignores in them, such as what was built. */
  readonly removedFolders?: readonly string[];
  /** Run with Node after the changes are written: each makes generated files from them. */
  readonly steps: readonly Step[];
  /** What a person does next; printed at the end. */
  readonly next: readonly string[];
}

export interface Step {
  /** As a person would type it. */
  readonly command: string;
  readonly args: readonly string[];
}

export const GENERATE: Step = { command: 'npm run generate', args: ['tools/generate/main.ts'] };
export const ACCEPT: Step = { command: 'npm run contracts -- accept', args: ['tools/contracts/main.ts', 'accept'] };
