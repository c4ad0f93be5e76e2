import type { RelayTrouble } from '../../src/api.ts';
import { age, clock } from '../format/format.ts';
import { now } from '../state/clock.ts';
import { t } from '../words/words.ts';
import { Note } from './card.tsx';
import { Icon } from './icon.tsx';

/** What keeps a relay from the broker, since when, what becomes of the events, and what to do. `of`: of which services. */
export function RelayNote(props: {
  readonly trouble: RelayTrouble;
  readonly of?: string;
  readonly error?: string | null | undefined;
}) {
  const { of, error } = props;
  const { state, since } = props.trouble;
  const values = { time: clock(since), age: age((now.value - Date.parse(since)) / 1_000) };
  return (
    <Note tone={state === 'rejected' ? 'red' : 'amber'} icon={<Icon name="warning" />}>
      {of !== undefined && <b>{of}: </b>}
      {t(`relay.${state}`, values)}
      {error != null && <span class="ink2"> ({error})</span>} {t('relay.waits')}{' '}
      {t(state === 'rejected' ? 'relay.next-rejected' : 'relay.next')}
    </Note>
  );
}
