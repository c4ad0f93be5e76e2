import type { LiveMap } from '../../../src/api.ts';
import { Dot } from '../../components/chip.tsx';
import type { Tone } from '../../components/chip.tsx';
import { Sparkline } from '../../components/sparkline.tsx';
import { codeOf, count, duration, lagTime, perSecond, UNKNOWN } from '../../format/format.ts';
import { groupStateName, whyOf } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { missesBrokerAlone } from './misses-broker.ts';

export interface NodeProps {
  readonly id: string;
  readonly isDim: boolean;
}

/** Lag below this is the ordinary time of a record on its way. */
const LATE_SECONDS = 5;

const look = (isDim: boolean, state = '') => `node ${state} ${isDim ? 'dim' : ''}`;

function toneOf(state: LiveMap['parts'][number]['state'] | LiveMap['mail']['state'] | undefined): Tone {
  return state === undefined || state === 'unknown' ? 'plain' : state === 'ready' ? 'green' : 'red';
}

export function ServiceNode(props: NodeProps & { readonly map: LiveMap; readonly service: string }) {
  const rows = props.map.publishers.filter(({ service }) => service === props.service);
  const entries = linesOf([...new Set(rows.map(({ entry }) => entry))]);
  const part = props.map.parts.find(({ name }) => name === props.service);
  const known = rows.filter(({ waiting }) => waiting !== null);
  const waiting = known.length === 0 ? null : known.reduce((sum, row) => sum + row.waiting!, 0);
  const tone = part !== undefined && missesBrokerAlone(part) ? 'amber' : toneOf(part?.state);
  const trouble =
    part === undefined || tone === 'green'
      ? null
      : t(
          tone === 'amber'
            ? 'relay.no-connection'
            : part.state === 'unavailable'
              ? 'map.unavailable'
              : 'outbox.not-ready',
        );
  return (
    <a
      class={look(props.isDim, part?.state === 'unavailable' ? 'broken' : '')}
      data-node={props.id}
      href={`/outbox?service=${encodeURIComponent(props.service)}`}
      title={(part && whyOf(part)) ?? undefined}
    >
      <span class="name">
        <Dot tone={tone} />
        <span class="cut">{props.service}</span>
      </span>
      {(trouble === null ? entries : [trouble]).map((text) => (
        <span key={text} class={`line ${trouble === null ? 'wide-only' : ''}`}>
          <span class={`cut ${trouble === null ? '' : tone}`} title={text}>
            {text}
          </span>
        </span>
      ))}
      <span class="line">
        <span>{t('map.outbox')}</span>
        <span class={`push ${waiting !== null && waiting > 0 ? 'ink' : ''}`}>
          {t('map.waiting', { n: count(waiting) })}
        </span>
      </span>
    </a>
  );
}

/** Each request has a line of its own; events are short. */
function linesOf(entries: readonly string[]): string[] {
  const requests = entries.filter((entry) => entry.includes(' '));
  const events = entries.filter((entry) => !entry.includes(' '));
  return [...requests, ...(events.length === 0 ? [] : [events.join(', ')])];
}

export function TopicNode(props: NodeProps & { readonly topic: LiveMap['topics'][number] }) {
  const { topic, events, records, partitions, lagging } = props.topic;
  return (
    <a class={look(props.isDim)} data-node={props.id} href={`/topics/${encodeURIComponent(topic)}`}>
      <span class="name">
        <span class="cut">{topic}</span>
        <span class="push ink2 wide-only" style={{ fontWeight: 500, fontSize: '12px' }}>
          {count(records)}
          <span class="visually-hidden"> {t('map.records')}</span>
        </span>
      </span>
      <span class="line wide-only">
        <span class="cut" title={events.join(', ')}>
          {events.join(', ')}
        </span>
      </span>
      {lagging.length > 0 && (
        <span class="visually-hidden">
          {t('map.lag')}: {lagging.join(', ')}
        </span>
      )}
      <span class="partitions" aria-hidden="true">
        {Array.from({ length: partitions }, (_, partition) => (
          <i key={partition} class={lagging.includes(partition) ? 'lagging' : ''} data-cell={`${topic}/${partition}`}>
            {partition}
          </i>
        ))}
      </span>
    </a>
  );
}

export function GroupNode(props: NodeProps & { readonly group: LiveMap['groups'][number] }) {
  const { group, state, members, lag, lagSeconds, parked, dead, trend } = props.group;
  const hasMembers = members !== null && members > 0;
  return (
    <a
      class={look(props.isDim, (lagSeconds ?? 0) > LATE_SECONDS ? 'lagging' : '')}
      data-node={props.id}
      href={`/groups/${encodeURIComponent(group)}`}
    >
      <span class="name">
        <Dot tone={state === null ? 'plain' : hasMembers ? 'green' : 'red'} />
        <span class="cut">{group}</span>
      </span>
      <span class="line wide-only">
        <span class="cut">
          {[
            state === null ? t('map.not-known') : groupStateName(state),
            ...(members === null ? [] : [t('map.members', { n: members })]),
          ].join(', ')}
        </span>
      </span>
      <span class="wide-only">
        <Sparkline points={trend} />
      </span>
      <span class="line">
        <span>{t('map.lag')}</span>
        <b>{count(lag)}</b>
        <span class="push">{lagTime(lagSeconds)}</span>
      </span>
      {(parked ?? 0) + (dead ?? 0) > 0 && (
        <span class="line">
          <span class={(parked ?? 0) > 0 ? 'amber' : ''}>{t('map.parked', { n: count(parked) })}</span>
          <span class={`push ${(dead ?? 0) > 0 ? 'red' : ''}`}>{t('map.dead', { n: count(dead) })}</span>
        </span>
      )}
    </a>
  );
}

const WORD_OF_MAIL_SERVER = {
  ready: 'chaos.part-ready',
  'not-ready': 'map.unavailable',
  unknown: 'map.not-known',
} as const;

export function MailNode(props: NodeProps & { readonly mail: LiveMap['mail'] }) {
  const { state, lastAnswer, perSecond: rate, p50Ms, p99Ms } = props.mail;
  const isUnknown = state === 'unknown';
  const code = codeOf(lastAnswer);
  // A mail server that rejects one mail is ready for the next.
  const tone =
    state === 'not-ready' ? 'red' : state === 'ready' && (code === null || code.startsWith('2')) ? 'green' : '';
  return (
    <a
      class={`mail-node ${look(props.isDim, state === 'not-ready' ? 'broken' : '')}`}
      data-node={props.id}
      href="/mails"
    >
      <span class="name">
        <Dot tone={toneOf(state)} />
        <span class="cut">{t('map.mail-server')}</span>
      </span>
      <span class="line">
        <span class={`cut ${tone}`} title={lastAnswer ?? undefined}>
          {code ?? t(WORD_OF_MAIL_SERVER[state])}
        </span>
        {state !== 'not-ready' && <span class="push">{isUnknown ? UNKNOWN : `${perSecond(rate)}/s`}</span>}
      </span>
      <span class="line">
        <span>p50</span>
        <span class="push">{duration(isUnknown ? null : p50Ms)}</span>
      </span>
      <span class="line">
        <span>p99</span>
        <span class="push">{duration(isUnknown ? null : p99Ms)}</span>
      </span>
    </a>
  );
}

export function NoConsumersNode({ id, isDim }: NodeProps) {
  return (
    <div class={look(isDim, 'ghost')} data-node={id}>
      {t('map.no-consumers')}
    </div>
  );
}
