/** Types of process-lock.mjs, which runs before TypeScript can. */
export interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  readonly stopping?: boolean;
}

export function takeLock(path: string): Holder | undefined;
export function holderOf(path: string): Holder | undefined;
export function thisProcess(): Holder;
