import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SmallDisk } from '@event-bus/test-kit/small-disk';
import { expect, it } from 'vitest';
import { isAlive } from '../tools/stack/processes.ts';
import { Stack } from '../tools/stack/start-stack.ts';
import { makeDataFolder } from './harness/data-folder.ts';

/** Room for everything that a system keeps at first. */
const DISK_MB = 400;

it('a stop on a full disk stops every part, reports what could not be written, and the next start begins where it was', async ({
  skip,
}) => {
  await using begun = new AsyncDisposableStack();
  const folder = await makeDataFolder();
  // So that PostgreSQL's user can enter, and its files lie on the small disk as well.
  chmodSync(folder, 0o755);
  begun.defer(() => rmSync(folder, { recursive: true, force: true }));
  const dataFolder = join(folder, 'disk');
  const disk = begun.adopt(new SmallDisk(dataFolder, DISK_MB), (one) => one.unmount());
  disk.mount();
  skip(disk.missing !== undefined, disk.missing);

  const stack = new Stack({ dataFolder, ports: 'free' });
  begun.defer(async () => stack.killAll());
  await stack.start();
  const pids = stack.parts.map(({ pid }) => pid!);
  disk.fill();
  // A part that dies on a full disk takes no other part with it.
  await stack.part('maildev').kill();
  await expect(stack.stop()).rejects.toThrow(/^every part was stopped, but: .*ENOSPC/);
  const running = [...pids, ...stack.parts.map(({ pid }) => pid)].filter((pid) => pid !== undefined && isAlive(pid));
  expect(running).toEqual([]);

  disk.makeRoom();
  const next = new Stack({ dataFolder, ports: 'free' });
  begun.defer(async () => next.stop());
  await next.start();
}, 240_000);
