import { useMemo } from 'preact/hooks';
import type { MailDetail, MailList, MailSummary } from '../../src/api.ts';
import { Card } from '../components/card.tsx';
import { MailChip, TONE_OF_MAIL } from '../components/chip.tsx';
import { Detail } from '../shell/detail.tsx';
import { ClearFilters, Filters } from '../components/filters.tsx';
import { KeyValue } from '../components/key-value.tsx';
import { MailBody } from '../components/mail-body.tsx';
import { MoreRows } from '../components/more-rows.tsx';
import { Empty, ResourceView } from '../components/resource-view.tsx';
import { Table } from '../components/table.tsx';
import { Clock } from '../components/time.tsx';
import { exact } from '../format/format.ts';
import { query } from '../router.ts';
import { usePages } from '../state/use-pages.ts';
import { useResource } from '../state/use-resource.ts';
import '../styles/views.css';
import type { ViewProps } from '../views.ts';
import { t } from '../words/words.ts';

const REFRESH_MS = 2_000;

export default function MailsView({ params }: ViewProps) {
  const { id } = params;
  const search = new URLSearchParams();
  for (const name of ['status', 'to']) {
    const value = query.value.get(name);
    if (value) search.set(name, value);
  }
  const suffix = search.size === 0 ? '' : `?${search.toString()}`;
  const mails = usePages<MailList>(`/api/mails${suffix}`, (page) => pageBehind(search, page), REFRESH_MS);
  const pages = mails.value?.pages;
  const rows = useMemo(() => (pages ?? []).flatMap((page) => page.rows), [pages]);
  return (
    <div class={id === undefined ? 'stack' : 'aside even'}>
      <section class="card" aria-label={t('view.mails')}>
        <Filters
          filters={[
            {
              name: 'status',
              label: t('mails.status'),
              options: Object.keys(TONE_OF_MAIL).map((value) => ({ value, label: value })),
            },
          ]}
          text={{ name: 'to', label: t('mails.to'), placeholder: 'hana@example.com' }}
        />
        <ResourceView resource={mails}>
          {() =>
            rows.length === 0 ? (
              <Empty text={suffix === '' ? t('mails.none') : t('mails.no-match')}>
                {suffix !== '' && <ClearFilters />}
              </Empty>
            ) : (
              <>
                <MailTable rows={rows} suffix={suffix} current={id ?? null} />
                <MoreRows list={mails} shown={rows.length} />
              </>
            )
          }
        </ResourceView>
      </section>
      {id !== undefined && (
        <Detail key={id} label={t('mail.preview')} closed={`/mails${suffix}`}>
          <OneMail id={id} />
        </Detail>
      )}
    </div>
  );
}

function pageBehind(search: URLSearchParams, { next }: MailList): string[] {
  return next === null ? [] : [`/api/mails?${new URLSearchParams([...search, ['after', next]]).toString()}`];
}

function MailTable(props: {
  readonly rows: readonly MailSummary[];
  readonly suffix: string;
  readonly current: string | null;
}) {
  return (
    <Table
      label={t('view.mails')}
      rows={props.rows}
      rowKey={({ id }) => id}
      href={({ id }) => `/mails/${encodeURIComponent(id)}${props.suffix}`}
      currentKey={props.current}
      isCards
      columns={[
        { id: 'at', head: t('topic.time'), cell: ({ at }) => <Clock at={at} />, class: 'ink3', width: '80px' },
        { id: 'status', head: t('mails.status'), cell: ({ status }) => <MailChip status={status} />, width: '136px' },
        { id: 'to', head: t('mail.to'), cell: ({ to }) => to, class: 'cut', width: '30%' },
        { id: 'subject', head: t('mail.subject'), cell: ({ subject }) => subject, class: 'cut' },
        {
          id: 'attempts',
          head: t('failure.attempts'),
          cell: ({ attempts }) => attempts,
          isRight: true,
          class: 'wide-only',
          width: '72px',
        },
      ]}
    />
  );
}

function OneMail({ id }: { readonly id: string }) {
  const mail = useResource<MailDetail>(`/api/mails/${encodeURIComponent(id)}`, REFRESH_MS);
  return (
    <Card
      title={t('mail.title')}
      aside={
        mail.value !== null && (
          <a class="button small" href={`/journeys/${encodeURIComponent(mail.value.eventId)}`}>
            {t('topic.journey')}
          </a>
        )
      }
    >
      <ResourceView resource={mail}>
        {(value) => (
          <div class="body stack">
            <KeyValue
              items={[
                [t('mail.to'), value.to],
                [t('mail.subject'), <b>{value.subject}</b>],
                [t('mail.ledger'), <MailChip status={value.status} />],
                [t('topic.time'), exact(value.at)],
                [t('failure.attempts'), value.attempts],
                ...(value.answer === null
                  ? []
                  : [
                      [
                        t('mails.answer'),
                        <span class={`mono ${TONE_OF_MAIL[value.status]}`}>{value.answer}</span>,
                      ] as const,
                    ]),
                ['Message-ID', <span class="mono">{value.messageId}</span>],
              ]}
            />
            <MailBody mail={value} />
          </div>
        )}
      </ResourceView>
    </Card>
  );
}
