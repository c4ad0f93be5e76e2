import { describe, expect, it } from 'vitest';
import { CAPACITY_FILE, costsOf, readCosts } from './costs.ts';
import type { Costs, MeasuredLine } from './costs.ts';
import { BUSY_MAX, planCapacity } from './plan-capacity.ts';
import type { Load, Plan } from './plan-capacity.ts';
import { predictMails, sharersOf } from './predict-mails.ts';

const STEP = { serviceCpuUs: 300, databaseCpuUs: 200, brokerCpuUs: 20, walBytes: 2_000, transactions: 1 };

const COSTS: Costs = {
  commit: STEP,
  relay: { ...STEP, serviceCpuUs: 100, databaseCpuUs: 100, walBytes: 500, transactions: 0.01 },
  copy: STEP,
  mail: { ...STEP, serviceCpuUs: 500, mailServerCpuUs: 280 },
  mailsPerSecond: 1_000,
  recordBytes: 500,
  rowBytes: {
    'member-service: member': 300,
    'member-service: outbox': 1_000,
    'order-service: customer': 250,
    'order-service: inbox_message': 300,
    'mail-service: mail': 600,
    'mail-service: inbox_message': 300,
    'mail-service: outbox': 1_000,
  },
  cores: 2,
};

const LOAD: Load = {
  signUpsPerSecond: 5_000,
  mailsPerSignUp: 1,
  keepMs: 7 * 86_400_000,
  mailServerMs: 50,
  replicas: 3,
  databaseCores: 16,
};

function amount(plan: Plan, what: string): number {
  return plan.needs.find((need) => need.what === what)!.amount;
}

describe('the rate of mails', () => {
  it.each([
    [1, 3, 1],
    [2, 3, 1.5],
    [3, 3, 3],
    [2, 6, 2],
    [5, 6, 3],
    [4, 3, 3],
  ])(
    '%i instances of %i partitions are worth %d, as the one with the most sets the pace',
    (instances, partitions, worth) => {
      expect(sharersOf(instances, partitions)).toBe(worth);
    },
  );

  it.each([
    [
      { instances: 1, partitions: 6, answerAfterMs: 0, cores: 8 },
      { bound: 'mail-service', perSecond: 1_000 },
    ],
    [
      { instances: 3, partitions: 6, answerAfterMs: 0, cores: 2 },
      { bound: 'cores', perSecond: 2_000 },
    ],
    [
      { instances: 2, partitions: 3, answerAfterMs: 90, cores: 8 },
      { bound: 'SMTP connections', perSecond: 150 },
    ],
  ] as const)('is that of the scarcest resource: %o', (size, prediction) => {
    expect(predictMails(COSTS, size)).toEqual(prediction);
  });
});

describe('the plan', () => {
  it('needs twice of what grows with the load for twice the load', () => {
    const [once, twice] = [planCapacity(COSTS, LOAD), planCapacity(COSTS, { ...LOAD, signUpsPerSecond: 10_000 })];
    for (const what of ['broker disk, all', 'member-service: WAL', 'mail-service: disk', 'SMTP connections']) {
      expect(amount(twice, what) / amount(once, what), what).toBeCloseTo(2, 3);
    }
  });

  it('has as many mail-services as their connections take when the mail server is slow', () => {
    const plan = planCapacity(COSTS, LOAD);
    expect(amount(plan, 'SMTP connections')).toBe(Math.ceil((5_000 * 0.06) / BUSY_MAX));
    expect(amount(plan, 'mail-service instances')).toBe(50);
    expect(amount(plan, 'partitions of a topic')).toBe(100);
    expect(amount(planCapacity(COSTS, { ...LOAD, mailServerMs: 0 }), 'mail-service instances')).toBe(9);
  });

  it('keeps records for the retention on every replica', () => {
    expect(amount(planCapacity(COSTS, LOAD), 'broker disk, all')).toBe(5_000 * 2 * 500 * 7 * 86_400 * 3);
  });

  it('divides a database of which one is not enough, and names what breaks first', () => {
    const plan = planCapacity(COSTS, { ...LOAD, signUpsPerSecond: 1_000_000 });
    // 300 µs of a processor and 2,500 bytes of WAL for each sign-up: the WAL is scarcer.
    expect(amount(plan, 'member-service: databases')).toBe(Math.ceil((1_000_000 * 2_500) / (100e6 * BUSY_MAX)));
    expect(plan.limits[0]).toMatchObject({
      what: "WAL of member-service's database",
      signUpsPerSecond: (100e6 * BUSY_MAX) / 2_500,
    });
    expect(planCapacity(COSTS, { ...LOAD, databaseCores: 2 }).limits[0]!.what).toBe(
      "processor of member-service's database",
    );
  });

  it('without mails needs no mail-service', () => {
    const plan = planCapacity(COSTS, { ...LOAD, mailsPerSignUp: 0 });
    expect(amount(plan, 'mail-service instances')).toBe(0);
    expect(plan.limits.map(({ what }) => what)).not.toContain("WAL of mail-service's database");
  });
});

describe('the measured costs', () => {
  it('are complete in the repository, with predictions to compare', () => {
    const { costs, errors } = readCosts(CAPACITY_FILE);
    expect(costs.mailsPerSecond).toBeGreaterThan(0);
    expect(Object.values(costs.rowBytes).every((bytes) => bytes > 0)).toBe(true);
    expect(errors.map(({ mailServer }) => mailServer)).toEqual(['mail server 0 ms', 'mail server 200 ms']);
    for (const { sizes } of errors) expect(sizes).toBeGreaterThanOrEqual(2);
  });

  it('name the figure that is missing', () => {
    const lines: MeasuredLine[] = [{ what: 'commit', side: 'member-service CPU', figure: { median: 1 } }];
    expect(() => costsOf(lines)).toThrow('"commit" has no "postgres CPU"');
  });

  it('that cannot be read name the file and how to measure', () => {
    expect(() => readCosts('nowhere.json')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('nowhere.json'),
        remedy: expect.stringContaining('npm run bench -- capacity'),
      }),
    );
  });
});
