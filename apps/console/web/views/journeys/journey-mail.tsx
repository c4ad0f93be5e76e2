import type { Journey, MailDetail } from '../../../src/api.ts';
import { Card, Note } from '../../components/card.tsx';
import { Icon } from '../../components/icon.tsx';
import { KeyValue } from '../../components/key-value.tsx';
import { MailBody } from '../../components/mail-body.tsx';
import { ResourceView } from '../../components/resource-view.tsx';
import { useResource } from '../../state/use-resource.ts';
import { t } from '../../words/words.ts';

export function JourneyMail({ journey }: { readonly journey: Journey }) {
  const { mail } = journey;
  const isSent = mail !== null && (mail.status === 'accepted' || mail.status === 'ambiguous');
  const detail = useResource<MailDetail>(isSent ? `/api/mails/${encodeURIComponent(mail.id)}` : null);
  return (
    <Card title={t('mail.title')}>
      <div class="body stack">
        {mail !== null && (
          <KeyValue
            items={[
              [t('mail.to'), mail.to],
              [t('mail.subject'), <b>{mail.subject}</b>],
            ]}
          />
        )}
        {journey.state === 'dead' ? (
          <Note tone="amber" icon={<Icon name="warning" />}>
            <b>{t('mail.none-dead')}</b> {t('mail.none-dead-why')}
          </Note>
        ) : isSent ? (
          <ResourceView resource={detail}>{(value) => <MailBody mail={value} />}</ResourceView>
        ) : (
          <p class="ink2">{t(mail === null && journey.problems.length > 0 ? 'list.not-known' : 'mail.none-yet')}</p>
        )}
      </div>
    </Card>
  );
}
