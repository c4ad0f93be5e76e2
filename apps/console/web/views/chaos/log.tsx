import type { Chaos } from '../../../src/api.ts';
import { Dot } from '../../components/chip.tsx';
import type { Tone } from '../../components/chip.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { Clock } from '../../components/time.tsx';
import { duration } from '../../format/format.ts';
import type { Word } from '../../words/en.ts';
import { whyOf } from '../../words/said.ts';
import { t } from '../../words/words.ts';

type Entry = Chaos['log'][number];

const TONE: Readonly<Record<Entry['code'], Tone>> = {
  'fault-on': 'red',
  'fault-off': 'green',
  'part-started': 'plain',
  'part-ready': 'green',
  'part-ended': 'amber',
  'part-moved': 'plain',
  'part-stopped': 'amber',
  'part-killed': 'red',
  'duplicates-published': 'plain',
  'unreadable-published': 'violet',
  'service-not-ready': 'amber',
  'service-ready': 'green',
};

export function ChaosLog({ entries }: { readonly entries: readonly Entry[] }) {
  if (entries.length === 0) return <Empty text={t('chaos.log-empty')} />;
  return (
    <ol class="chaos-log">
      {entries.map((entry, index) => (
        <li key={`${entry.at}${index}`}>
          <Dot tone={TONE[entry.code]} />
          <span class="ink3">
            <Clock at={entry.at} />
          </span>
          <span>
            {t(`chaos.log-${entry.code}`, { subject: subjectOf(entry), after: duration(entry.afterMs ?? 0) })}
            <Why detail={detailOf(entry)} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function Why({ detail }: { readonly detail: string | null }) {
  return detail === null ? null : <span class="ink3"> {detail}</span>;
}

/** Faults have words; parts, topics and services have names. */
function subjectOf(entry: Entry): string {
  return isFault(entry) ? faultName(entry.detail ?? entry.subject) : entry.subject;
}

/** Of how a part has ended, the signal or the code: the sentence stands before it. */
function detailOf(entry: Entry): string | null {
  // A part that is stopped on purpose has ended in order.
  if (isFault(entry) || entry.code === 'part-stopped') return null;
  const { code, detail, failed = [] } = entry;
  if (failed.length > 0) return whyOf({ reason: detail, failed });
  return code === 'part-ended' ? (/SIG[A-Z]+|code \d+/.exec(detail ?? '')?.[0] ?? detail) : detail;
}

const isFault = ({ code }: Entry) => code === 'fault-on' || code === 'fault-off';

const FAULT_WORDS: Readonly<Record<string, Word>> = {
  'mail-server-down': 'chaos.fault-mail-server-down',
  'mail-server-slow': 'chaos.fault-mail-server-slow',
  'broker-down': 'chaos.fault-broker-down',
  'database-down': 'chaos.fault-database-down',
};

/** The supervisor has a fault for each answer with which the mail server refuses. */
function faultName(fault: string): string {
  const word = FAULT_WORDS[fault];
  if (word !== undefined) return t(word);
  const answer = /^mail-server-(\d+)$/.exec(fault)?.[1];
  return answer === undefined ? fault : `${t('chaos.fault-mail-server-refuses')} (${answer})`;
}
