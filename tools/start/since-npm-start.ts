import { ageOf, commandOf, parentOf } from '../stack/processes.ts';

/** When the command was entered: npm itself takes a moment before it gets to us. */
export function startedByPersonAt(): number {
  const ours = Number(process.env['EVENT_BUS_STARTED_AT'] ?? performance.timeOrigin);
  if (process.env['npm_lifecycle_event'] === undefined) return ours;
  for (let pid = parentOf(process.pid); pid !== undefined && pid > 1; pid = parentOf(pid)) {
    const ageMs = /\bnpm\b.* (start|run)\b/.test(commandOf(pid) ?? '') ? ageOf(pid) : undefined;
    if (ageMs !== undefined) return Math.min(Date.now() - ageMs, ours);
  }
  return ours;
}
