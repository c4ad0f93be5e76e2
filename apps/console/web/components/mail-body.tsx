import { useState } from 'preact/hooks';
import type { MailDetail } from '../../src/api.ts';
import { t } from '../words/words.ts';
import { KeyValue } from './key-value.tsx';
import { MailFrame } from './mail-frame.tsx';
import { Segments } from './segments.tsx';

type Part = 'html' | 'text' | 'headers';

/** The mail as its reader sees it, as text, and its headers. */
export function MailBody({ mail }: { readonly mail: MailDetail }) {
  const [chosen, setChosen] = useState<Part>('html');
  const { body } = mail;
  if (body === null) {
    const isSent = mail.status === 'accepted' || mail.status === 'ambiguous';
    return (
      <p class="ink2">
        {t(isSent ? 'mail.not-kept' : mail.status === 'rejected' ? 'mail.none-dead' : 'mail.none-yet')}
      </p>
    );
  }
  const part = chosen === 'html' && body.html === null ? 'text' : chosen;
  return (
    <div class="stack">
      <div class="row wrap">
        <Segments<Part>
          label={t('mail.title')}
          options={[
            { value: 'html', label: 'HTML' },
            { value: 'text', label: t('mail.text') },
            { value: 'headers', label: t('mail.headers') },
          ]}
          value={part}
          onChange={setChosen}
        />
        <a class="link push" href={body.address} target="_blank" rel="noreferrer">
          MailDev
        </a>
      </div>
      {part === 'html' && <MailFrame html={body.html!} title={t('mail.preview')} />}
      {part === 'text' && <pre class="code">{body.text}</pre>}
      {part === 'headers' && <KeyValue isMono items={body.headers.map(({ name, value }) => [name, value])} />}
    </div>
  );
}
