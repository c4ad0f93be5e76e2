import { signal } from '@preact/signals';
import { Dialog } from '../components/dialog.tsx';
import { KeyValue } from '../components/key-value.tsx';
import { hasSingleKeys } from '../preferences.ts';
import { t } from '../words/words.ts';
import { boundKeys } from './keys.ts';

export const isHelpOpen = signal(false);

export function Help() {
  if (!isHelpOpen.value) return null;
  const bound = boundKeys.value
    .filter(([keys]) => keys !== 'Escape')
    .map(([keys, { label }]) => [keys, label] as const);
  const always = [
    ['j k', t('keys.rows')],
    ['Enter', t('keys.open')],
    ['Space', t('keys.select')],
    ['Esc', t('keys.close')],
  ] as const;
  const close = () => (isHelpOpen.value = false);
  return (
    <Dialog
      title={t('app.shortcuts')}
      onClose={close}
      footer={
        <>
          <label class="row push">
            <input
              type="checkbox"
              class="checkbox"
              checked={hasSingleKeys.value}
              onChange={(event) => (hasSingleKeys.value = event.currentTarget.checked)}
            />
            {t('keys.single')}
          </label>
          <button type="button" class="button" onClick={close}>
            {t('app.close')}
          </button>
        </>
      }
    >
      <KeyValue
        items={[...bound.toReversed(), ...always].map(([keys, label]) => [
          label,
          keys.split(' ').map((key) => (
            <>
              <kbd>{key}</kbd>{' '}
            </>
          )),
        ])}
      />
    </Dialog>
  );
}
