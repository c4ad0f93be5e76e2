import type { ConsumeOptions, QueueOptions } from '../systems/system.ts';
import type { SystemName } from '../systems/names.ts';

/** What it reports: that it receives, then the body of each message when its handler begins. */
export type ConsumerReport = { readonly ready: true } | { readonly begun: string };

/** What a consumer in a process of its own does. */
export interface ConsumerOptions {
  readonly system: SystemName;
  readonly address: string;
  readonly queue: string;
  readonly queueOptions?: QueueOptions;
  readonly consume: ConsumeOptions;
  /** `hold`: the handler never ends. `work`: it adds a line to the file `effects`. */
  readonly handler: 'hold' | 'work';
  readonly effects?: string;
  /** `work` leaves out what the file has already. */
  readonly remembers?: boolean;
  /** It ends itself with SIGKILL, before or after the work on its nth message. */
  readonly crash?: { readonly atMessage: number; readonly point: 'before the work' | 'after the work' };
}
