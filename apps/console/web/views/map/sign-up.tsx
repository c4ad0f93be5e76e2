import { useEffect, useRef, useState } from 'preact/hooks';
import type { TryResult } from '../../../src/api.ts';
import { Icon } from '../../components/icon.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useKey } from '../../keyboard/keys.ts';
import { language } from '../../preferences.ts';
import type { Language } from '../../preferences.ts';
import { useAct } from '../../state/use-act.tsx';
import { answerOf } from '../../words/said.ts';
import { t } from '../../words/words.ts';
import { suggestPerson } from './suggestions.ts';

/** What is wrong with the fields the service says, in the language of the page and not of the browser. */
export function SignUp({ onDone }: { readonly onDone: () => void }) {
  const [locale, setLocale] = useState<Language>(language.value);
  const [person, setPerson] = useState(() => suggestPerson(locale));
  const [phone, setPhone] = useState('');
  const [answer, setAnswer] = useState<TryResult | null>(null);
  const rejected = answer?.rejected ?? [];
  const act = useAct<TryResult>('/api/try/sign-up', onDone);
  const form = useRef<HTMLFormElement>(null);
  async function signUp() {
    const result = await act.send({ ...person, locale, ...(phone.trim() !== '' && { phone }) });
    if (result === null) return;
    setAnswer(result);
    // What was rejected stays, to be corrected.
    if (result.rejected.length > 0) return;
    setPerson(suggestPerson(locale));
    setPhone('');
  }
  useKey('s', t('try.sign-up'), () => void signUp());
  useEffect(() => form.current!.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(), [answer]);
  /** What is wrong with the request, or why the service does not take a field that is right. */
  const errorOf = (field: string, sentence: string) => {
    if (!rejected.includes(field)) return null;
    const said = answer?.problem?.said;
    if (said?.code !== 'source-refuses' || said.refusal === undefined || said.refusal.code === 'invalid-request')
      return sentence;
    return answerOf(said.params.answer, said.refusal);
  };
  return (
    <form ref={form} noValidate onSubmit={act.onSubmit(signUp)}>
      <TextField
        label={t('try.email')}
        input={{ type: 'email', required: true, maxLength: 254 }}
        value={person.email}
        onInput={(email) => setPerson({ ...person, email })}
        error={errorOf('email', t('try.wrong-email'))}
      />
      <div class="fields">
        <TextField
          class="grow"
          label={t('try.name')}
          input={{ required: true, maxLength: 100 }}
          value={person.name}
          onInput={(name) => setPerson({ ...person, name })}
          error={errorOf('name', t('try.wrong-name'))}
        />
        <label class="field short">
          <span>{t('try.locale')}</span>
          <select
            class="input"
            value={locale}
            onChange={({ currentTarget }) => {
              const chosen = currentTarget.value as Language;
              setLocale(chosen);
              setPerson(suggestPerson(chosen));
            }}
          >
            <option value="ko" lang="ko">
              {t('language.ko')}
            </option>
            <option value="en" lang="en">
              {t('language.en')}
            </option>
          </select>
        </label>
      </div>
      <TextField
        label={t('try.phone')}
        input={{ type: 'tel', maxLength: 40, placeholder: '+82 10 1234 5678' }}
        value={phone}
        onInput={setPhone}
        error={errorOf('phone', t('try.wrong-phone'))}
      />
      <button type="submit" class="button primary" disabled={act.isSending}>
        <Icon name="person" />
        {t('try.sign-up')} <kbd class="wide-only">S</kbd>
      </button>
      {act.error}
    </form>
  );
}
