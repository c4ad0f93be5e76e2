import type { ComponentChildren } from 'preact';
import type { OutboxAndInbox } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { t } from '../../words/words.ts';

interface Props {
  readonly services: OutboxAndInbox['services'];
  readonly title: string;
  readonly hint: string;
  /** The sentence where there are no rows, when every service has answered. */
  readonly empty: string;
  /** Null where there are none. */
  readonly children: ComponentChildren;
}

/** Rows of the inboxes of all services, dimmed while one of them does not answer. */
export function InboxCard({ services, title, hint, empty, children }: Props) {
  const isKnown = services.every(({ inbox }) => inbox.problem === null);
  return (
    <Card class={isKnown ? '' : 'stale'} title={title} hint={hint}>
      {children ?? <Empty text={isKnown ? empty : t('list.not-known')} />}
    </Card>
  );
}
