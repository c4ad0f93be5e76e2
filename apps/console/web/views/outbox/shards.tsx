import type { OutboxAnswer } from '../../../src/api.ts';
import { t } from '../../words/words.ts';

/** Holders are told apart by colour and by the legend; a shard without one has a broken frame. */
const TONES = ['blue', 'violet', 'green', 'amber'] as const;

export function Shards({ shards }: { readonly shards: OutboxAnswer['shards'] }) {
  const holders = [...new Set(shards.flatMap(({ pid }) => (pid === null ? [] : [pid])))].sort(
    (one, other) => one - other,
  );
  const toneOf = (pid: number): string => TONES[holders.indexOf(pid) % TONES.length]!;
  const nameOf = (pid: number): string => shards.find((shard) => shard.pid === pid)?.application ?? `pid ${pid}`;
  return (
    <div class="body shards">
      <div class="row between hint">
        <span>{t('outbox.shards')}</span>
        <span class="row wrap">
          {holders.map((pid) => (
            <span key={pid} class="row" title={`pid ${pid}`}>
              <i class={`dot ${toneOf(pid)}`} aria-hidden="true" />
              {`${nameOf(pid)} · ${shards.filter((shard) => shard.pid === pid).length}`}
            </span>
          ))}
          {holders.length === 0 && t('outbox.no-holder')}
        </span>
      </div>
      <ol class="shard-cells">
        {shards.map(({ shard, pid }) => (
          <li
            key={shard}
            class={pid === null ? 'free' : toneOf(pid)}
            title={pid === null ? t('outbox.no-holder') : `${nameOf(pid)}, pid ${pid}`}
          >
            {shard}
          </li>
        ))}
      </ol>
    </div>
  );
}
