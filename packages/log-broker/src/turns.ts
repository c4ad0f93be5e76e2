import { BEGIN_SLICE_MS, WORK_SLICE_MS } from './limits.ts';

// The process has one thread. Long work for one client is done in slices, one in each turn of the event loop, and requests
// of other clients are answered in between.

/** Work cut into steps that take well below a millisecond each. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Work that has begun and not finished, in the order in which it continues: each until it is done or the turn is over. */
const unfinished: (() => 'done' | 'more')[] = [];
/** Work that waits for the next turn to begin. */
let newcomers: (() => void)[] = [];

/**
 * Work since the beginning of the last observed turn. Turns with little work are not observed: that would cost more than the
 * work itself.
 */
let usedMs = 0;
let isScheduled = false;

/** Whether this turn has used up its time: work that has not begun waits for a later one. */
export function isTurnOver(): boolean {
  if (!hasUsed(WORK_SLICE_MS)) return false;
  schedule();
  return true;
}

/** Resolves in the next turn. Many may wait for it, so that turn may be over, too, when the caller continues. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    newcomers.push(resolve);
    schedule();
  });
}

/**
 * Does the work now, as far as its first slice and this turn allow, and the rest in later turns. Work that fits is done when
 * this returns. The first slice is small: short work is done soon, even if many others begin long work.
 */
export function inTurns<Result>(steps: Steps<Result>): Result | Promise<Result> {
  const first = stepOn(steps, BEGIN_SLICE_MS);
  if (first) return first.value;
  return new Promise((resolve, reject) => {
    const resume = () => {
      try {
        const result = stepOn(steps, newcomers.length > 0 ? BEGIN_SLICE_MS : WORK_SLICE_MS);
        if (!result) return 'more';
        resolve(result.value);
      } catch (error) {
        reject(error);
      }
      return 'done';
    };
    unfinished.push(resume);
    schedule();
  });
}

/** Runs all steps at once, where no client waits: in tools and tests. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function stepOn<Result>(steps: Steps<Result>, sliceMs: number): { value: Result } | undefined {
  const from = performance.now();
  const leftMs = Math.min(sliceMs, WORK_SLICE_MS - usedMs);
  try {
    do {
      const step = steps.next();
      if (step.done) return { value: step.value };
    } while (performance.now() - from < leftMs);
    return undefined;
  } finally {
    usedMs += performance.now() - from;
  }
}

function hasUsed(milliseconds: number): boolean {
  return usedMs >= milliseconds;
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(takeTurn);
}

function takeTurn(): void {
  isScheduled = false;
  usedMs = 0;
  const waiting = newcomers;
  newcomers = [];
  for (const begin of waiting) begin();
  // These begin in microtasks, so the rest of the turn comes after them.
  queueMicrotask(resumeUnfinished);
}
function resumeUnfinished(): void {
  // Short work is done before long work continues, which gets at least one step in every turn.
  const sliceMs = newcomers.length > 0 ? BEGIN_SLICE_MS : WORK_SLICE_MS;
  usedMs = 0;
  while (unfinished.length > 0 && !hasUsed(sliceMs)) {
    const resume = unfinished.shift();
    if (resume?.() === 'more') unfinished.push(resume);
  }
  // What arrives on the sockets next has time of its own, however much is unfinished.
  usedMs = 0;
  if (unfinished.length > 0) schedule();
}

/** Each item in a step of its own. */
export function* eachInSteps<Item, Result>(items: Iterable<Item>, work: (item: Item) => Result): Steps<Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    results.push(work(item));
    yield;
  }
  return results;
}
