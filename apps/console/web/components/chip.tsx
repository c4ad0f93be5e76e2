import type { ComponentChildren } from 'preact';
import type { JourneyState, MailStatus } from '../../src/api.ts';
import { t } from '../words/words.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';

/** Colour means state and nothing else. */
export type Tone = 'green' | 'blue' | 'amber' | 'red' | 'violet' | 'plain';

export const TONE_OF_JOURNEY: Readonly<Record<JourneyState, Tone>> = {
  mailed: 'green',
  'in-flight': 'blue',
  parked: 'amber',
  dead: 'red',
  ambiguous: 'violet',
  published: 'blue',
  missing: 'red',
  unknown: 'plain',
};

export const TONE_OF_MAIL: Readonly<Record<MailStatus, Tone>> = {
  accepted: 'green',
  claimed: 'blue',
  waiting: 'amber',
  rejected: 'red',
  ambiguous: 'violet',
};

/** A state as a word on its colour. */
export function Chip(props: { readonly tone?: Tone; readonly icon?: IconName; readonly children: ComponentChildren }) {
  return (
    <span class={`chip ${props.tone ?? 'plain'}`}>
      {props.icon !== undefined && <Icon name={props.icon} />}
      {props.children}
    </span>
  );
}

export function JourneyChip({
  state,
  withIcon = false,
}: {
  readonly state: JourneyState;
  readonly withIcon?: boolean;
}) {
  const icon = state === 'mailed' ? 'check' : state === 'dead' || state === 'missing' ? 'cross' : undefined;
  return (
    <Chip tone={TONE_OF_JOURNEY[state]} {...(withIcon && icon !== undefined ? { icon } : {})}>
      {journeyStateName(state)}
    </Chip>
  );
}

export function journeyStateName(state: JourneyState): string {
  return state === 'ambiguous' ? state : t(`state.${state}`);
}

/** The ledger's `accepted` is not what is accepted elsewhere, so that *mailed* stands beside it. */
export function MailChip({ status }: { readonly status: MailStatus }) {
  return (
    <span class="nowrap">
      <Chip tone={TONE_OF_MAIL[status]}>
        <code>{status}</code>
      </Chip>
      {status === 'accepted' && <span class="ink3"> {t('state.mailed')}</span>}
    </span>
  );
}

/** A decoration: a word stands beside it. */
export function Dot({ tone }: { readonly tone: Tone }) {
  return <i class={`dot ${tone}`} aria-hidden="true" />;
}
