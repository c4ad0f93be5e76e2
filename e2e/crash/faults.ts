import { until } from '@event-bus/test-kit/until';
import { setTimeout as delay } from 'node:timers/promises';
import { SERVICES } from '../../tools/stack/services.ts';
import { memoryOf } from '../../tools/stack/processes.ts';
import { backlogOf, pileUp } from './backlog.ts';
import type { Point, Injection } from './point.ts';
import { GATEWAY, INSTANCES } from './rig.ts';
import type { WireEnd } from './rig.ts';

const HOUR_MS = 3_600_000;

/** How long a part that was killed is left to work before the next time. */
const BETWEEN_MS = 2_000;

/**
 * What one mail-service may take while a backlog is in front of it: the service itself, and the bound on records in flight,
 * each with its job. A backlog that was taken in whole would be several times that.
 */
const MEMORY_BYTES_MAX = 400_000_000;
const MEMORY_LOOK_MS = 250;

/** Faults that are injected at any time rather than at a step of the chain. */
export const FAULTS: readonly Point[] = [
  {
    id: 'A',
    title: 'PostgreSQL killed',
    sparesServices: true,
    inject: async ({ rig, times }) => {
      for (let kill = 0; kill < times; kill += 1) {
        await rig.system.kill('postgres');
        await rig.system.ready('postgres');
        await rig.ready();
        // The services need a while until they consume again; then it is killed again.
        await delay(BETWEEN_MS);
      }
      return times;
    },
  },
  cutting('B', 'network cut: service and database', 'database', SERVICES),
  cutting('C', 'network cut: service and broker', 'broker', SERVICES),
  cutting('D', 'network cut: mail and SMTP', 'mail server', ['mail-service']),
  {
    id: 'E',
    title: "disk full in the broker's folder",
    sparesServices: true,
    skipped: ({ disk }, broker) => (broker === 'log-broker' ? disk.missing : 'only log-broker has its folder here'),
    inject: async ({ rig: { disk }, outageMs }) => {
      disk.fill();
      try {
        await delay(outageMs);
      } finally {
        disk.makeRoom();
      }
      return 1;
    },
  },
  {
    id: 'F',
    title: 'clock jumps an hour',
    sparesServices: true,
    inject: async ({ rig, random, outageMs }) => {
      const byMs = random.pick([-HOUR_MS, HOUR_MS]);
      // One after another, so that two instances of a service disagree about the time.
      for (const instance of INSTANCES) {
        await rig.send(instance, { do: 'shift-clock', byMs });
        await delay(outageMs / INSTANCES.length);
        await rig.send(instance, { do: 'shift-clock', byMs: 0 });
      }
      return INSTANCES.length;
    },
  },
  {
    id: 'G',
    title: 'slow mail server, backlog',
    sparesServices: true,
    inject: async ({ rig, outageMs, backlog }) => {
      const wires = rig.wires('mail-service', 'mail server');
      for (const wire of wires) wire.stall();
      try {
        await pileUp(rig, backlog);
        await watchMemory({ rig, forMs: outageMs });
      } finally {
        for (const wire of wires) await wire.restore();
      }
      // The backlog itself is where memory would be lost.
      while ((await backlogOf(rig)) > 0) await watchMemory({ rig, forMs: MEMORY_LOOK_MS });
      return 1;
    },
  },
  {
    id: 'L',
    title: 'gateway drops its answers',
    sparesServices: true,
    hasTexts: true,
    inject: async ({ rig, times }) => {
      const address = `${rig.address(GATEWAY)}/control/fault`;
      const headers = { 'content-type': 'application/json' };
      await fetch(address, { method: 'PUT', headers, body: JSON.stringify({ kind: 'drop', times }) });
      return until('answers to be dropped', async () => {
        const { affected } = (await (await fetch(address)).json()) as { affected: number };
        return affected === times && affected;
      });
    },
  },
];

/** For each service in turn: half of the times nothing arrives any more, the other half connections break and are refused. */
function cutting(id: string, title: string, end: WireEnd, services: readonly string[]): Point {
  return {
    id,
    title,
    sparesServices: true,
    inject: async ({ rig, outageMs, randomOf }) => {
      for (const service of services) {
        const wires = rig.wires(service, end);
        const isStalled = randomOf(service).pick([true, false]);
        for (const wire of wires) await (isStalled ? wire.stall() : wire.cut());
        await delay(outageMs);
        for (const wire of wires) await wire.restore();
      }
      return services.length;
    },
  };
}

async function watchMemory({ rig, forMs }: Pick<Injection, 'rig'> & { readonly forMs: number }): Promise<void> {
  const until = performance.now() + forMs;
  do {
    for (const instance of INSTANCES.filter((name) => name.startsWith('mail-service'))) {
      const pid = rig.system.pid(instance);
      const bytes = pid === undefined ? 0 : memoryOf(pid);
      if (bytes > MEMORY_BYTES_MAX) throw new Error(`${instance} takes ${bytes} bytes with a backlog before it`);
    }
    await delay(MEMORY_LOOK_MS);
  } while (performance.now() < until);
}
