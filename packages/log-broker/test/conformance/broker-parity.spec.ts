import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PARITY_FILE } from './parity-reporter.ts';
import { parityTable } from './parity-table.ts';
import { SUITE } from './suite.ts';

describe('docs/broker-parity.md', () => {
  it('lists the current behaviours and differences of the conformance suite', () => {
    const shown = SUITE.flatMap(({ title: chapter, behaviours }) =>
      behaviours.flatMap(({ title, missing }) =>
        (['log-broker', 'Apache Kafka'] as const).map((broker) => {
          return { broker, chapter, title, missing, isThere: missing?.on !== broker };
        }),
      ),
    );
    expect(readFileSync(PARITY_FILE, 'utf8')).toBe(parityTable(shown));
  });
});
