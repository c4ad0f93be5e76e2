import type { Scoreboard as Board } from '../../src/api.ts';
import { Dot } from '../components/chip.tsx';
import type { Tone } from '../components/chip.tsx';
import { Icon } from '../components/icon.tsx';
import { age, count } from '../format/format.ts';
import { now } from '../state/clock.ts';
import { connection, frame } from '../state/stream.ts';
import { sentenceOf, sourceName } from '../words/said.ts';
import { t } from '../words/words.ts';

const TERMS = [
  { name: 'mailed', word: 'score.mailed', tone: 'green', href: '/mails?status=accepted' },
  { name: 'inFlight', word: 'score.in-flight', tone: 'blue', href: '/outbox' },
  { name: 'parked', word: 'score.parked', tone: 'amber', href: '/failures/parked' },
  { name: 'dead', word: 'score.dead', tone: 'red', href: '/failures/dead' },
] as const;

/** Where every accepted event is, on every view. Grey when it cannot be checked, red with the ids when one is lost. */
export function Scoreboard() {
  const isCut = connection.value.state === 'reconnecting';
  const known = frame.value?.scoreboard;
  // What was balanced at the last frame may not be now.
  const board = known !== undefined && isCut ? { ...known, verdict: 'unknown' as const, problems: [] } : known;
  const verdict = board?.verdict ?? 'unknown';
  const look = verdict === 'missing' || verdict === 'double' ? 'wrong' : verdict;
  return (
    <section class={`scoreboard ${look}`} aria-label={t('score.title')}>
      <div class="equation">
        <Term href="/journeys" name={t('score.accepted')} value={board?.accepted} />
        {TERMS.map(({ name, word, tone, href }, index) => (
          <>
            <span class="operator">{index === 0 ? equalsOf(board) : '+'}</span>
            <Term href={href} name={t(word)} tone={tone} value={board?.[name]} />
          </>
        ))}
        <span class="rule" />
        <Term href="/mails?status=ambiguous" name="ambiguous" tone="violet" value={board?.ambiguous} isAmbiguous />
        <Verdict board={board} />
      </div>
      <div class="proportions" aria-hidden="true">
        {TERMS.filter(({ name }) => (board?.[name] ?? 0) > 0).map(({ name, tone }) => (
          // However small its share, it is seen (`min-width`).
          <i key={name} class={`fill-${tone}`} style={{ flex: board?.[name] ?? 0 }} />
        ))}
      </div>
    </section>
  );
}

/** Where an event is missing the figures are not equal. While a source is silent they are not compared. */
function equalsOf(board: Board | undefined): '=' | '≠' {
  if (board?.verdict !== 'missing' && board?.verdict !== 'double') return '=';
  const found = TERMS.reduce((sum, { name }) => sum + (board[name] ?? 0), 0);
  return found === board.accepted ? '=' : '≠';
}

function Term(props: {
  readonly href: string;
  readonly name: string;
  readonly tone?: Tone;
  readonly value: number | null | undefined;
  readonly isAmbiguous?: boolean;
}) {
  return (
    <a class={`term ${props.isAmbiguous === true ? 'ambiguous' : ''}`} href={props.href}>
      <span class="name">
        {props.tone !== undefined && <Dot tone={props.tone} />}
        <span>
          {props.name}
          {props.isAmbiguous === true && <span class="wide-only">{t('score.ambiguous-of')}</span>}
        </span>
      </span>
      <span class="figure">{count(props.value)}</span>
    </a>
  );
}

function Verdict({ board }: { readonly board: Board | undefined }) {
  const isWrong = board?.verdict === 'missing' || board?.verdict === 'double';
  return (
    <div class="verdict">
      <Icon name={board?.verdict === 'balanced' ? 'check' : isWrong ? 'cross' : 'question'} />
      <span role="status">{verdictWord(board)}</span>
      <small>{board === undefined ? t('score.waiting') : <Reason board={board} />}</small>
    </div>
  );
}

function verdictWord(board: Board | undefined): string {
  switch (board?.verdict) {
    case 'balanced':
      return t('score.balanced');
    case 'missing':
      return t('score.missing', { n: board.wrong });
    case 'double':
      return t('score.double', { n: board.wrong });
    default:
      return t('score.unknown');
  }
}

/** How many of the ids fit beside the verdict; the rest is on the page of the first. */
const IDS_SHOWN = 3;

function Reason({ board }: { readonly board: Board }) {
  const secondsSince = (time: string) => age((now.value - Date.parse(time)) / 1_000);
  if (board.verdict === 'balanced') return <>{t('score.by-event-id', { age: secondsSince(board.at) })}</>;
  if (board.verdict === 'unknown') {
    const [problem] = board.problems;
    if (problem === undefined)
      return <>{t(connection.value.state === 'reconnecting' ? 'problem.unreachable' : 'score.waiting')}</>;
    const isSilent = problem.said.code === 'source-unavailable';
    const text = t(isSilent ? 'score.source-unavailable' : 'score.source-fails', {
      source: sourceName(problem.source),
      age: secondsSince(problem.since),
    });
    return <span title={`${sentenceOf(problem)} ${problem.address} ${problem.setting}`}>{text}</span>;
  }
  return (
    <>
      {board.events.slice(0, IDS_SHOWN).map(({ eventId, event }) => (
        <a key={eventId} href={`/journeys/${eventId}`} title={eventId}>
          {event} {eventId.slice(0, 8)}…{eventId.slice(-6)}{' '}
        </a>
      ))}
    </>
  );
}
