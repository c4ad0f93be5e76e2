import { age, clock, exact } from '../format/format.ts';
import { now } from '../state/clock.ts';
import { t } from '../words/words.ts';

/** `09:12:41`, with date and zone in its title. */
export function Clock({ at, withMs = false }: { readonly at: string; readonly withMs?: boolean }) {
  return (
    <time class="mono" dateTime={at} title={exact(at)}>
      {clock(at, withMs)}
    </time>
  );
}

/** `14 min ago` or `in 3 s`. */
export function Ago({ at }: { readonly at: string }) {
  return (
    <Relative at={at}>
      {(seconds) => (seconds < 0 ? t('time.in', { age: age(-seconds) }) : t('time.ago', { age: age(seconds) }))}
    </Relative>
  );
}

/** `14 min`: how long ago, or how old. */
export function Age({ at }: { readonly at: string }) {
  return <Relative at={at}>{(seconds) => age(seconds)}</Relative>;
}

function Relative({ at, children }: { readonly at: string; readonly children: (seconds: number) => string }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {children((now.value - Date.parse(at)) / 1_000)}
    </time>
  );
}
