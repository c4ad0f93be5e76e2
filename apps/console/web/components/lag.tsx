import { count, lagTime } from '../format/format.ts';

/** Records and time; amber when there are any. Null: the group has no place in the partition. */
export function Lag(props: { readonly of: { readonly lag: number; readonly lagSeconds: number | null } | undefined }) {
  if (props.of === undefined) return <span class="ink3">–</span>;
  const { lag, lagSeconds } = props.of;
  return <span class={lag > 0 ? 'amber strong' : 'ink3'}>{`${count(lag)} · ${lagTime(lagSeconds)}`}</span>;
}
