import type { Journey, JourneyState, Stage } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { ErrorText } from '../../components/error-text.tsx';
import { stageClass, withSeparators } from '../../components/journey-row.tsx';
import { axisTime, clock, duration } from '../../format/format.ts';
import { query, withQuery } from '../../router.ts';
import { now } from '../../state/clock.ts';
import { t } from '../../words/words.ts';
import { timeAxis } from './axis.ts';
import type { Axis, Tick } from './axis.ts';

/** The stages one below the other on one axis. For a reader it is a table: stage, times, duration. */
export function Timeline({ journey }: { readonly journey: Journey }) {
  const start = Date.parse(journey.at);
  const end = endOf(journey.timeline, start);
  const axis = timeAxis(journey.timeline, start, end);
  const chosen = query.value.get('stage');
  return (
    <Card
      title={t('journey.timeline')}
      hint={t('journey.from', { at: clock(journey.at, true) })}
      aside={axis.hasWaits && <span class="hint wide-only">{t('journey.shortened')}</span>}
    >
      <table class="timeline" aria-label={t('journey.timeline')}>
        <thead>
          <tr>
            <th scope="col">
              <span class="visually-hidden">{t('journey.stage')}</span>
            </th>
            <th scope="col" class="bar">
              <span class="visually-hidden">{t('journey.time')}</span>
              <AxisFigures axis={axis} />
            </th>
            <th scope="col" class="right">
              {t('journey.duration')}
            </th>
          </tr>
        </thead>
        <tbody>
          {journey.timeline.map((stage) => (
            <StageRow
              key={stage.id}
              stage={stage}
              axis={axis}
              start={start}
              end={end}
              isChosen={stage.id === chosen}
              state={journey.state}
            />
          ))}
        </tbody>
      </table>
      <StageDetail stage={journey.timeline.find(({ id }) => id === chosen)} start={start} />
    </Card>
  );
}

/** Now, while a stage is open. */
function endOf(timeline: readonly Stage[], start: number): number {
  const known = timeline.flatMap(({ startedAt, endedAt, marks }) => [startedAt, endedAt, ...marks.map(({ at }) => at)]);
  const last = Math.max(start, ...known.filter((time) => time !== null).map((time) => Date.parse(time)));
  const isOpen = timeline.some(({ startedAt, endedAt }) => startedAt !== null && endedAt === null);
  return isOpen ? Math.max(last, now.value) : last;
}

function AxisFigures({ axis }: { readonly axis: Axis }) {
  return (
    <span class="figures" aria-hidden="true">
      {figuresOf(axis.ticks).map(({ ms, place, text }) => (
        <span key={ms} style={{ left: `${place}%` }}>
          {text}
        </span>
      ))}
    </span>
  );
}

/** After a long wait figures a moment apart would read the same: these count from the first of them. */
export function figuresOf(ticks: Axis['ticks']): ReadonlyArray<Tick & { readonly text: string }> {
  let from: Tick | undefined;
  return ticks
    .filter(({ hasLabel }) => hasLabel)
    .map((tick) => {
      if (from !== undefined && axisTime(tick.ms) === axisTime(from.ms)) {
        return { ...tick, text: `+${duration(tick.ms - from.ms)}` };
      }
      from = tick;
      return { ...tick, text: tick.ms === 0 ? '0' : axisTime(tick.ms) };
    });
}

interface RowProps {
  readonly stage: Stage;
  readonly axis: Axis;
  readonly start: number;
  readonly end: number;
  readonly isChosen: boolean;
  readonly state: JourneyState;
}

function StageRow({ stage, axis, start, end, isChosen, state }: RowProps) {
  const isDead = stage.outcome === 'dead' || (stage.outcome === 'failed' && stage.kind === 'smtp');
  const colour = isDead ? 'stage-dead' : stageClass(stage.kind, state);
  return (
    <tr class={isChosen ? 'current' : ''}>
      <th scope="row">
        <a
          class="row"
          href={withQuery({ stage: isChosen ? null : stage.id })}
          aria-current={isChosen ? 'true' : undefined}
          data-row
        >
          <i class={`stage-sign ${colour}`} aria-hidden="true" />
          <span class="nowrap">{stageName(stage)}</span>
          {stage.label !== stageName(stage) && (
            <span class="mono ink2 cut" title={stage.label}>
              {isAnswer(stage) ? <ErrorText text={stage.label} /> : withSeparators(stage.label)}
            </span>
          )}
        </a>
      </th>
      <td class="bar">
        <span class="ticks" aria-hidden="true">
          {axis.ticks.map(({ ms, place, isDashed }) => (
            <i key={ms} class={isDashed ? 'dashed' : ''} style={{ left: `${place}%` }} />
          ))}
        </span>
        <Bar stage={stage} colour={colour} place={(at) => axis.place(at - start)} end={end} />
      </td>
      <td class="right ink2">{lengthOf(stage, end)}</td>
    </tr>
  );
}

/** Its label is what the mail server, or a failed attempt, says. */
function isAnswer({ kind }: Stage): boolean {
  return kind === 'smtp' || kind === 'parked';
}

export function stageName({ kind, group }: Stage): string {
  return kind === 'group' && group !== null ? group : t(`stage.${kind}`);
}

function lengthOf({ startedAt, endedAt, outcome }: Stage, end: number): string {
  if (outcome === 'not-kept' || startedAt === null) return '';
  return duration((endedAt === null ? end : Date.parse(endedAt)) - Date.parse(startedAt));
}

/** Running is solid, waiting is hatched, a failed attempt is a red mark, a redrive a dark one. */
function Bar(props: {
  readonly stage: Stage;
  readonly colour: string;
  readonly place: (at: number) => number;
  readonly end: number;
}) {
  const { kind, startedAt, endedAt, outcome, marks } = props.stage;
  if (startedAt === null || outcome === 'not-kept')
    return <span class="hint">{t(kind === 'http' ? 'journey.answer-not-seen' : 'journey.not-kept')}</span>;
  const from = props.place(Date.parse(startedAt));
  const failed = marks.filter((mark) => mark.kind === 'failed');
  // The table's time of the end and the reported time of the last attempt differ by milliseconds.
  const to = Math.max(
    props.place(endedAt === null ? props.end : Date.parse(endedAt)),
    ...failed.map(({ at }) => props.place(Date.parse(at))),
  );
  const redriven = marks.filter((mark) => mark.kind === 'redriven');
  const isWait = kind === 'parked' || failed.length > 1 || redriven.length > 0 || outcome === 'waiting';
  const look = kind === 'parked' ? 'parked-wait' : isWait ? 'wait' : props.colour;
  const isOpen = endedAt === null && !isWait;
  return (
    <>
      <i class={`block ${look} ${isOpen ? 'open' : ''}`} style={{ left: `${from}%`, width: `${to - from}%` }} />
      {failed.map(({ at }) => (
        <i key={at} class="block failed" style={{ left: `${props.place(Date.parse(at))}%` }} />
      ))}
      {redriven.map(({ at, text }) => (
        <i
          key={at}
          class="block redriven"
          title={`${t('journey.mark-redriven')}: ${text}`}
          style={{ left: `${props.place(Date.parse(at))}%` }}
        />
      ))}
    </>
  );
}

function StageDetail({ stage, start }: { readonly stage: Stage | undefined; readonly start: number }) {
  if (stage === undefined) return null;
  const { startedAt, endedAt, marks } = stage;
  return (
    <div class="foot stage-detail">
      <p>
        <b>{stageName(stage)}</b> <span class="mono">{stage.label}</span>{' '}
        {startedAt !== null && (
          <span class="ink3">
            {clock(startedAt, true)} – {endedAt === null ? t('journey.open-since') : clock(endedAt, true)}
          </span>
        )}
      </p>
      <ul>
        {marks.map((mark) => (
          <li key={`${mark.at}${mark.kind}`}>
            <span class="ink3">+{duration(Date.parse(mark.at) - start)}</span> {t(`journey.mark-${mark.kind}`)}{' '}
            <span class={`mono ${mark.kind === 'failed' ? 'red' : ''}`}>{mark.text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
