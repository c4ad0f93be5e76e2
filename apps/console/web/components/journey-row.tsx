import type { JourneyState, JourneySummary, StageKind } from '../../src/api.ts';
import { age, codeOf, count, duration } from '../format/format.ts';
import { now } from '../state/clock.ts';
import type { Word } from '../words/en.ts';
import { t } from '../words/words.ts';
import { JourneyChip } from './chip.tsx';
import { Clock } from './time.tsx';
import '../styles/stages.css';

export function JourneyHead() {
  return (
    <div class="journey-row head" aria-hidden="true">
      <span>{t('journey.time')}</span>
      <span>{t('journey.what')}</span>
      <span>{t('journey.path')}</span>
      <span>{t('journey.stages')}</span>
      <span class="right">{t('journey.total')}</span>
      <span class="right">{t('journey.state')}</span>
    </div>
  );
}

/** What became of one event, in one line. */
export function JourneyRow({ journey, query }: { readonly journey: JourneySummary; readonly query?: string }) {
  const search = query === undefined ? '' : `?q=${encodeURIComponent(query)}`;
  return (
    <a class="journey-row" href={`/journeys/${encodeURIComponent(journey.eventId)}${search}`} data-row>
      <span class="when ink3">
        <Clock at={journey.at} />
      </span>
      <span class="cut" title={journey.about}>
        <span class="ink3">{eventWord(journey.event)}</span> {journey.about}
      </span>
      <JourneyPath journey={journey} />
      <StageBar journey={journey} />
      <span class="right nowrap">{totalOrDue(journey)}</span>
      <span class="right">
        <JourneyChip state={journey.state} />
      </span>
    </a>
  );
}

const WORD_OF_EVENT: Readonly<Record<string, Word>> = {
  'member.signed-up': 'journey.sign-up',
  'order.completed': 'journey.order',
  'email.requested': 'journey.receipt',
};

/** A short word for the events that cause a mail; the name of any other. */
export function eventWord(event: string): string {
  const word = WORD_OF_EVENT[event];
  return word === undefined ? event : t(word);
}

export function totalOrDue({ state, at, dueAt, totalMs }: JourneySummary): string {
  // It goes on although nothing comes of it.
  if (state === 'in-flight') return duration(Math.max(totalMs ?? 0, now.value - Date.parse(at)));
  if (state !== 'parked' || dueAt === null) return duration(totalMs);
  const seconds = (Date.parse(dueAt) - now.value) / 1_000;
  return seconds < 1 ? t('journey.due-now') : t('journey.due', { age: age(seconds) });
}

function JourneyPath({ journey }: { readonly journey: JourneySummary }) {
  const { status, seq, record, attempts, smtp } = journey.path;
  const isMailed = journey.state === 'mailed' || journey.state === 'ambiguous';
  const steps = [
    status !== null
      ? ([String(status), status < 400 ? '' : 'red'] as const)
      : seq !== null && ([t('journey.answer-not-seen'), 'ink3'] as const),
    seq !== null && ([`seq ${count(seq)}`, ''] as const),
    record !== null
      ? ([withSeparators(record), ''] as const)
      : seq !== null &&
        (journey.state === 'in-flight' || journey.state === 'unknown') &&
        attempts === 0 &&
        ([t('journey.waits-in-outbox'), 'blue'] as const),
    attempts > 0 && ([`×${count(attempts)}`, attempts > 1 ? 'amber' : ''] as const),
    smtp !== null && ([codeOf(smtp) ?? smtp, isMailed ? 'green' : 'red'] as const),
  ].filter((step) => step !== false);
  return (
    <span class="journey-path">
      {steps.map(([text, tone], index) => (
        <>
          {index > 0 && <span class="ink3">→</span>}
          <span class={tone}>{text}</span>
        </>
      ))}
    </span>
  );
}

/** `member/4@1023` with the thousands of its offset told apart. */
export function withSeparators(record: string): string {
  const at = record.lastIndexOf('@');
  return at === -1 ? record : `${record.slice(0, at + 1)}${count(record.slice(at + 1))}`;
}

/** How the time was spent, as shares of one bar. */
function StageBar({ journey }: { readonly journey: JourneySummary }) {
  return (
    <span class="stage-bar" aria-hidden="true">
      {journey.stages.map(({ kind, ms }, index) => (
        <i key={index} class={stageClass(kind, journey.state)} style={{ flex: Math.max(ms, 0.1) }} />
      ))}
    </span>
  );
}

/** Green only once the mail server has accepted the mail. */
export function stageClass(kind: StageKind, state: JourneyState): string {
  if (kind !== 'smtp' || state === 'mailed' || state === 'ambiguous') return `stage-${kind}`;
  return state === 'dead' ? 'stage-dead' : 'stage-group';
}
