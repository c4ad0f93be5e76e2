import { useState } from 'preact/hooks';
import type { Attempt, Journey } from '../../../src/api.ts';
import { Card } from '../../components/card.tsx';
import { MailChip } from '../../components/chip.tsx';
import { KeyValue } from '../../components/key-value.tsx';
import { RecordLink } from '../../components/record-link.tsx';
import { Empty } from '../../components/resource-view.tsx';
import { Segments } from '../../components/segments.tsx';
import { Table } from '../../components/table.tsx';
import { duration } from '../../format/format.ts';
import { t } from '../../words/words.ts';
import { reasonText } from '../outbox/reason-text.ts';

/** Each attempt of a group, with what it said and what came next. */
export function Attempts({ journey }: { readonly journey: Journey }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [most] = journey.groups.toSorted((a, b) => b.attempts.length - a.attempts.length);
  const first = journey.groups.find(({ mails }) => mails) ?? most;
  const group = journey.groups.find((each) => each.group === chosen) ?? first;
  if (group === undefined) {
    const { waits, mail, path } = journey;
    if (path.attempts > 0) {
      return (
        <Card title={t('journey.attempts', { n: path.attempts })}>
          <Empty text={t('attempt.not-kept')} />
          <Ledger mail={mail} />
        </Card>
      );
    }
    const why = waits === null ? '' : ` ${t('attempt.waits', { why: reasonText(waits) })}`;
    return <Empty text={t('attempt.none') + why} />;
  }
  const mail = group.mails ? journey.mail : null;
  const start = Date.parse(journey.at);
  const label = t('attempt.title', { group: group.group });
  return (
    <Card
      title={label}
      aside={
        journey.groups.length > 1 && (
          <Segments
            label={t('view.groups')}
            options={journey.groups.map((each) => ({ value: each.group, label: each.group }))}
            value={group.group}
            onChange={setChosen}
          />
        )
      }
    >
      {group.attempts.length === 0 ? (
        <Empty text={t('attempt.none')} />
      ) : (
        <Table<Attempt>
          label={label}
          rows={group.attempts}
          rowKey={({ attempt, at }) => `${attempt} ${at}`}
          isCards
          columns={[
            { id: 'attempt', head: '#', class: 'ink3', width: '34px', cell: ({ attempt }) => attempt },
            { id: 'at', head: t('attempt.at'), cell: ({ at }) => `+${duration(Date.parse(at) - start)}` },
            {
              id: 'outcome',
              head: t('attempt.outcome'),
              class: 'mono wrap',
              cell: (attempt) => said(attempt, mail),
            },
            { id: 'next', head: t('attempt.next'), isRight: true, class: 'ink2', cell: whatNext },
          ]}
        />
      )}
      <Ledger mail={mail} />
    </Card>
  );
}

function said({ error, outcome, record }: Attempt, mail: Journey['mail']) {
  if (error !== null) return <span class="red">{error}</span>;
  if (outcome === 'repeated') {
    return (
      <>
        {t('attempt.repeated')} {record !== null && <RecordLink record={record} />}
      </>
    );
  }
  const isMailed = outcome === 'handled' && mail?.status === 'accepted' && mail.answer !== null;
  const text = isMailed ? mail.answer : outcome === 'ambiguous' ? outcome : t(`attempt.${outcome}`, { time: '' });
  return <span class={outcome === 'handled' ? 'green' : ''}>{text}</span>;
}

/** What came after a failure; nothing comes after what was handled. */
function whatNext({ outcome, nextInMs }: Attempt): string {
  if (outcome === 'handled' || outcome === 'repeated') return '';
  if (outcome === 'ambiguous') return outcome;
  return t(`attempt.${outcome}`, { time: nextInMs === null ? '' : duration(nextInMs) });
}

const line = (name: string, text: string | null) =>
  text === null ? [] : [[name, <span class="mono">{text}</span>] as const];

function Ledger({ mail }: { readonly mail: Journey['mail'] }) {
  if (mail === null) return null;
  return (
    <div class="foot">
      <KeyValue
        items={[
          [t('mail.ledger'), <MailChip status={mail.status} />],
          ...line('SMTP', mail.answer),
          ...line('Message-ID', mail.messageId),
        ]}
      />
    </div>
  );
}
