import type { ConformanceMeta } from './behaviour.ts';

const HEAD = `# What log-broker and Apache Kafka do alike

Made by the conformance suite: the same assertions on both, and one line for each thing they show. Where one of the two is
known not to do it, the suite asks that the assertions fail there, and the reason stands below. What log-broker leaves out
altogether is in [NOT-IMPLEMENTED.md](../packages/log-broker/NOT-IMPLEMENTED.md).

Do not edit: with an Apache Kafka on port 9092 (here 4.3.1, one node), this writes it anew:

\`\`\`
KAFKA_BOOTSTRAP=127.0.0.1:9092 npm test -- --project int packages/log-broker/test/conformance \\
  --reporter default --reporter ./packages/log-broker/test/conformance/parity-reporter.ts
\`\`\`
`;

/** The whole document: a table for each chapter, then why the two differ where they do. */
export function parityTable(shown: readonly ConformanceMeta[]): string {
  const chapters = new Map<string, Map<string, ConformanceMeta[]>>();
  for (const each of shown) {
    const chapter = chapters.get(each.chapter) ?? new Map<string, ConformanceMeta[]>();
    chapter.set(each.title, [...(chapter.get(each.title) ?? []), each]);
    chapters.set(each.chapter, chapter);
  }
  const lines: string[] = [];
  const differences: string[] = [];
  for (const [chapter, behaviours] of chapters) {
    lines.push(`## ${chapter}`, '', '| | log-broker | Apache Kafka |', '|---|---|---|');
    for (const [title, metas] of behaviours) {
      const mark = (broker: string) => (metas.find((meta) => meta.broker === broker)?.isThere ? 'yes' : 'no');
      lines.push(`| ${title} | ${mark('log-broker')} | ${mark('Apache Kafka')} |`);
      const missing = metas[0]?.missing;
      if (missing) differences.push(`- **${title}**: not ${missing.on}. ${missing.because}`);
    }
    lines.push('');
  }
  return [HEAD, ...lines, '## Where they differ', '', ...differences, ''].join('\n');
}
