/** `npm start`; its options are in start-options.ts. */
import { Control } from '../control/control.ts';
import { serveControl } from '../control/control-server.ts';
import { DataFolderInUse } from '../stack/lock-data-folder.ts';
import { PartFailed } from '../stack/part.ts';
import { USUAL_PORTS } from '../stack/ports.ts';
import { familyOf, memoryOf } from '../stack/processes.ts';
import { Stack } from '../stack/start-stack.ts';
import { done, megabytes, note, paint, say, seconds, table, title, trouble } from './screen.ts';
import { showStartAndRestarts } from './show-parts.ts';
import { startedByPersonAt } from './since-npm-start.ts';
import { parseStartOptions, USAGE } from './start-options.ts';
import type { StartOptions } from './start-options.ts';
import { TourStopped } from './tour-stopped.ts';

/** One Ctrl-C arrives from the terminal, from npm and from the set-up; a signal this much later is a second Ctrl-C. */
const IMPATIENT_AFTER_MS = 1_000;

/** Our parent may be killed, and then sends no signal. */
const PARENT_CHECK_MS = 200;

const LOG_LINES_SHOWN = 15;

const options = optionsOrEnd();
const commandedAt = startedByPersonAt();
const firstReady = Promise.withResolvers<void>();
const firstMail = Promise.withResolvers<void>();
const stack = new Stack({
  dataFolder: options.dataFolder,
  ports: options.ports,
  first: ['member-service', 'mail-service'],
  afterFirst: () => {
    firstReady.resolve();
    return firstMail.promise;
  },
  with: options.with,
  secure: options.secure,
  hasConsole: true,
});
stack.once('chosen', () => {
  say(`The console will be at ${paint('bold', `http://127.0.0.1:${stack.ports.get('console')}`)}`);
});
const stopShowing = showStartAndRestarts(stack);
let stoppingSince: number | undefined;

// The reader of the output may end, or its disk be full; the parts are stopped in order all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, stopOnError);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stopOnSignal);
stopWithParent();

try {
  title(`Starting PostgreSQL, log-broker, MailDev, ${stack.services.length} services and the console`);
  stack.control = await serveControl(new Control(stack));
  const isAllReady = stack.start();
  // Loads its clients of broker and database while the parts load theirs.
  const [{ giveTour }] = await Promise.all([import('./tour.ts'), Promise.race([firstReady.promise, isAllReady])]);
  const [{ firstMailAt }] = await Promise.all([
    giveTour(stack, { isAllReady, hasTexts: stack.services.includes('sms-service'), onFirstMail: firstMail.resolve }),
    isAllReady,
  ]);
  showSummary(firstMailAt);
  if (options.once) await end(0);
  else say(`\nThe system is running. Try ${paint('bold', 'kill -9')} on any process. Ctrl-C stops everything.`);
} catch (error) {
  // A start that is interrupted by a stop fails, too; that is not an error to show.
  if (stoppingSince === undefined) {
    explain(error);
    await end(1);
  }
}

function optionsOrEnd(): StartOptions {
  let given: StartOptions | undefined;
  try {
    given = parseStartOptions(process.argv.slice(2));
  } catch (error) {
    trouble((error as Error).message);
    say('  npm start -- --help lists the options.');
    return process.exit(2);
  }
  if (given !== undefined) return given;
  say(USAGE);
  return process.exit(0);
}

/** An error in this program leaves no process behind either. */
function stopOnError(error: unknown): void {
  explain(error);
  if (stoppingSince === undefined) void end(1);
}

function stopOnSignal(): void {
  if (stoppingSince === undefined) {
    say();
    note('stopping: the services finish what is in flight');
    void end(0);
  } else if (performance.now() - stoppingSince > IMPATIENT_AFTER_MS) {
    void stack.killAll();
  }
}

/** The set-up is our parent for as long as we are to run. Started without it, we run alone. */
function stopWithParent(): void {
  if (process.env['EVENT_BUS_STARTED_AT'] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stopOnSignal();
  }, PARENT_CHECK_MS).unref();
}

async function end(exitCode: number): Promise<void> {
  stoppingSince ??= performance.now();
  stopShowing();
  try {
    await stack.stop();
  } catch (error) {
    exitCode = 1;
    explain(error);
  }
  if (exitCode === 0)
    done(`stopped in ${seconds(performance.now() - stoppingSince)}; the data stays in ${options.dataFolder}`);
  process.exit(exitCode);
}

function showSummary(firstMailAt: Date): void {
  const port = (name: string): string => {
    const [taken, usual] = [stack.ports.get(name), USUAL_PORTS[name]];
    return options.ports === 'free' || usual === 0 || taken === usual ? '' : `(${usual} was taken)`;
  };
  title('Where it is');
  table([
    ['console', stack.url('console'), port('console')],
    ...stack.services.map((name) => [name, stack.url(name), port(name)]),
    ['inbox', stack.url('maildev'), port('maildev-web')],
    ['SMTP', stack.smtpUrl, port('maildev-smtp')],
    ...stack.parts
      .filter(({ name }) => name === 'sms-gateway')
      .map(({ name, definition }) => [name, definition.address(), port(name)]),
    ['log-broker', stack.brokerAddress, [options.secure ? 'TLS and a login' : '', port('log-broker')].join(' ').trim()],
    ['PostgreSQL', stack.part('postgres').definition.address(), port('postgres')],
    ['data and logs', stack.dataFolder, ''],
  ]);

  const memory = stack.parts.map(({ name, pid }) => [name, pid === undefined ? 0 : memoryOfFamily(pid)] as const);
  const own = memoryOf(process.pid);
  const whole = memory.reduce((sum, [, bytes]) => sum + bytes, own);
  const parts = memory.map(([name, bytes]) => `${name} ${megabytes(bytes)}`).join(', ');
  const setUpMs = Number(process.env['EVENT_BUS_SET_UP_MS'] ?? 0);
  say();
  done(
    `first mail ${seconds(Number(firstMailAt) - commandedAt)} after the command` +
      (setUpMs > IMPATIENT_AFTER_MS ? `, ${seconds(setUpMs)} of it set-up` : ''),
  );
  done(`memory: ${megabytes(whole)} in total; ${parts}, this supervisor ${megabytes(own)}`);
}

function memoryOfFamily(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + memoryOf(member), 0);
}

function explain(error: unknown): void {
  if (error instanceof DataFolderInUse) {
    trouble(`It is already running, as process ${error.pid}. Stop it (Ctrl-C there, or kill ${error.pid}),`);
    say('  or use another data folder: npm start -- --data FOLDER');
  } else if (error instanceof PartFailed || error instanceof TourStopped) {
    trouble(error.message);
    showLog(error.part);
  } else {
    trouble(error instanceof Error ? error.message : String(error));
    say('  `npm run doctor` checks this machine.');
  }
}

function showLog(name: string): void {
  const { log } = stack.part(name).definition;
  const lines = log.tail().trimEnd().split('\n').slice(-LOG_LINES_SHOWN);
  say(paint('dim', `  the end of ${log.path}:`));
  for (const line of lines) say(`  | ${line}`);
  say('  `npm run doctor` checks this machine, `npm run reset` deletes all data.');
}
