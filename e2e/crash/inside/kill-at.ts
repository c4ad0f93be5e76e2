/**
 * Loaded before a process's own program (`node --import`), so that it can be made to die at a chosen step: the
 * product itself has no such code. It watches the libraries that the product works with.
 *
 * The run sends, over a connection, at which pass of which point to die; see `../control.ts`.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { INSIDE } from '../kill-point.ts';
import type { KillPoint, Order } from '../kill-point.ts';
import { shiftClock } from './clock.ts';
import { takeRoutes } from './routes.ts';

const part = process.env[INSIDE.part] ?? '';
let sentence: { readonly at: KillPoint; readonly passing: number } | undefined;
let passed = 0;
let hanging: { readonly at: KillPoint; left: number } | undefined;

function passes(point: KillPoint, lastWords?: () => void): void {
  if (sentence?.at !== point) return;
  passed += 1;
  if (passed < sentence.passing) return;
  lastWords?.();
  process.kill(process.pid, 'SIGKILL');
}

function hangs(point: KillPoint): boolean {
  if (hanging?.at !== point || hanging.left === 0) return false;
  hanging.left -= 1;
  return true;
}

let spoil: (text: string | undefined) => void = () => undefined;

function obey(order: Order): void {
  if (order.do === 'shift-clock') return shiftClock(order.byMs);
  sentence = order.do === 'die' ? order : undefined;
  passed = 0;
  hanging = order.do === 'hang' ? { at: order.at, left: order.passings } : undefined;
  spoil(order.do === 'spoil' ? order.text : undefined);
}

takeRoutes(JSON.parse(process.env[INSIDE.routes] ?? '{}') as Record<string, number>);
if (part === 'log-broker') {
  const [{ watchFiles }, { spoilBatches }] = await Promise.all([import('./files.ts'), import('./spoil.ts')]);
  watchFiles(passes);
  spoil = spoilBatches();
} else if (part === 'sms-gateway') {
  (await import('./gateway.ts')).watchGateway(passes);
} else {
  const [{ watchPostgres }, { watchKafka }] = await Promise.all([import('./postgres.ts'), import('./kafka.ts')]);
  watchPostgres({ passes, hangs }, { service: part.replace(/-\d+$/, '') });
  watchKafka(passes);
  if (part.startsWith('sms-service')) (await import('./texts.ts')).watchTexts(passes);
  if (part.startsWith('mail-service')) (await import('./smtp.ts')).watchSmtp({ passes, hangs });
}

const control = connect(Number(process.env[INSIDE.control]), '127.0.0.1');
control.write(`${process.pid}\n`);
// The end of the run must not be the end of a process that is being stopped.
control.on('error', () => undefined);
control.unref();
createInterface({ input: control }).on('line', (line) => obey(JSON.parse(line) as Order));
