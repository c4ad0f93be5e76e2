import type { Journey } from '../../../src/api.ts';
import { JourneyChip, journeyStateName } from '../../components/chip.tsx';
import { Icon } from '../../components/icon.tsx';
import { stageClass } from '../../components/journey-row.tsx';
import { Copy } from '../../components/key-value.tsx';
import { SourceNotes } from '../../components/resource-view.tsx';
import { clock, duration } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import { Attempts } from './attempts.tsx';
import { JourneyMail } from './journey-mail.tsx';
import { stageName, Timeline } from './timeline.tsx';

export function JourneyDetail({ journey }: { readonly journey: Journey }) {
  const last = journey.timeline.at(-1);
  return (
    <div class="stack">
      <p class="visually-hidden" aria-live="polite">
        {journeyStateName(journey.state)} {last !== undefined && `${stageName(last)} ${last.label}`}
      </p>
      <JourneyTitle journey={journey} />
      <SourceNotes problems={journey.problems} />
      {journey.notSeenBefore !== null && (
        <p class="hint">{t('journey.not-seen-before', { at: clock(journey.notSeenBefore) })}</p>
      )}
      <StageTimes journey={journey} />
      <Timeline journey={journey} />
      <div class="halves">
        <Attempts journey={journey} />
        <JourneyMail journey={journey} />
      </div>
    </div>
  );
}

function JourneyTitle({ journey }: { readonly journey: Journey }) {
  const { state, deadLetterId, eventId, key, traceId } = journey;
  return (
    <div class="stack journey-title">
      <div class="row wrap">
        <h2 class="title">{titleOf(journey)}</h2>
        <JourneyChip state={state} withIcon />
        <span class="push row">
          {deadLetterId !== null && state === 'dead' && (
            <a class="button" href={`/failures/dead?ids=${encodeURIComponent(deadLetterId)}`}>
              <Icon name="redrive" />
              {t('journey.redrive')}
            </a>
          )}
          <Copy text={`${location.origin}/journeys/${encodeURIComponent(eventId)}`}>{t('journey.copy-link')}</Copy>
        </span>
      </div>
      <div class="row wrap ids">
        <Identifier name={t('journey.event')} text={eventId} />
        {key !== '' && <Identifier name={t('journey.key')} text={key} />}
        {traceId !== null && <Identifier name={t('journey.trace')} text={traceId} />}
        {journey.causes.map((cause) => (
          <a key={cause.eventId} class="link" href={`/journeys/${encodeURIComponent(cause.eventId)}`}>
            {t(`journey.${cause.direction}`, { event: cause.event })}
          </a>
        ))}
      </div>
    </div>
  );
}

function Identifier({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <span class="row identifier">
      <span class="ink3">{name}</span>
      <span class="mono ink2 cut" title={text}>
        {text}
      </span>
      <Copy text={text} />
    </span>
  );
}

export function titleOf({ event, about }: Pick<Journey, 'event' | 'about'>): string {
  switch (event) {
    case 'member.signed-up':
      return t('journey.sign-up-of', { about });
    case 'order.completed':
      return t('journey.order-of', { about });
    case 'email.requested':
      return t('journey.receipt-of', { about });
    default:
      return `${event} ${about}`;
  }
}

function StageTimes({ journey }: { readonly journey: Journey }) {
  const { stages, state, totalMs, path } = journey;
  const total =
    state === 'mailed' ? t('journey.to-mail') : state === 'dead' ? t('journey.to-dead') : t('journey.until-now');
  return (
    <dl class="stage-times">
      {stages.map(({ kind, ms }) => (
        <div key={kind}>
          <dt>
            <i class={`stage-sign ${stageClass(kind, state)}`} aria-hidden="true" />
            {kind === 'group' ? t('journey.attempts', { n: path.attempts }) : t(`stage.${kind}`)}
          </dt>
          <dd>{duration(ms)}</dd>
        </div>
      ))}
      {state !== 'unknown' && (
        <div class="total">
          <dt>{total}</dt>
          <dd>{duration(totalMs)}</dd>
        </div>
      )}
    </dl>
  );
}
