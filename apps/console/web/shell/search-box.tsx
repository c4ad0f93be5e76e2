import { useRef } from 'preact/hooks';
import { Icon } from '../components/icon.tsx';
import { useKey } from '../keyboard/keys.ts';
import { navigate, query } from '../router.ts';
import { t } from '../words/words.ts';

/** `isMain`: the one in the header, which `/` goes to. */
export function SearchBox({ isMain = false }: { readonly isMain?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <form
      class="search"
      // One landmark of the kind a page.
      role={isMain ? 'search' : undefined}
      onSubmit={(event) => {
        event.preventDefault();
        const text = input.current!.value.trim();
        navigate(text === '' ? '/journeys' : `/journeys?q=${encodeURIComponent(text)}`);
      }}
    >
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        autocomplete="off"
        spellcheck={false}
        maxLength={320}
        aria-label={t('app.search')}
        placeholder={t('app.search-hint')}
        value={query.value.get('q') ?? ''}
      />
      {isMain && <SearchKey onKey={() => input.current!.select()} />}
    </form>
  );
}

function SearchKey({ onKey }: { readonly onKey: () => void }) {
  useKey('/', t('keys.search'), onKey);
  return <kbd aria-hidden="true">/</kbd>;
}
