/** Types of process.mjs, which runs before TypeScript can. */
export function isAlive(pid: number): boolean;
export function startedAt(pid: number): string | undefined;
export function readProc(pid: number, file: string): string | undefined;
export function ps(pid: number, column: string): string | undefined;
