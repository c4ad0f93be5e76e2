import { useState } from 'preact/hooks';
import type { DeadLetterDetail } from '../../../src/api.ts';
import { Icon } from '../../components/icon.tsx';
import { Hex, Json } from '../../components/json.tsx';
import { Copy } from '../../components/key-value.tsx';
import { t } from '../../words/words.ts';
import { textOf } from './bytes.ts';

/** The record's value, and another one for a redrive. */
export function LetterValue(props: { readonly detail: DeadLetterDetail; readonly onEdit: (value: string) => void }) {
  const { deadLetter: letter } = props.detail.answer;
  const value = textOf(letter.editedValue ?? letter.value);
  const [edit, setEdit] = useState<string | null>(null);
  if (value === null) return <p class="ink2">{t('topic.no-value')}</p>;
  const canEdit = letter.state === 'open' && value.text !== null && letter.lastOffset === null;
  return (
    <>
      <div class="row">
        <h3>{t('topic.value')}</h3>
        <span class="push row">
          <Copy text={value.text ?? value.hex} />
          {canEdit && (
            <button
              type="button"
              class="button small"
              onClick={() => setEdit(edit === null ? laidOut(value.text!) : null)}
            >
              <Icon name="edit" />
              {edit === null ? t('failure.edit') : t('act.cancel')}
            </button>
          )}
        </span>
      </div>
      {edit === null ? (
        value.text === null ? (
          <Hex hex={value.hex} />
        ) : (
          <Json text={value.text} />
        )
      ) : (
        <>
          <textarea
            class="input"
            rows={Math.min(20, edit.split('\n').length + 1)}
            aria-label={t('failure.edited-value')}
            spellcheck={false}
            value={edit}
            onInput={({ currentTarget }) => setEdit(currentTarget.value)}
          />
          <div class="row">
            <span class="hint">{t('failure.edit-hint')}</span>
            <button type="button" class="button push" onClick={() => props.onEdit(edit)}>
              <Icon name="redrive" />
              {t('failure.redrive-edited')}
            </button>
          </div>
        </>
      )}
    </>
  );
}

function laidOut(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
