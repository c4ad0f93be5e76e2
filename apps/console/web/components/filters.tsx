import type { ComponentChildren } from 'preact';
import { path, query, setQuery } from '../router.ts';
import { t } from '../words/words.ts';
import { Icon } from './icon.tsx';

export interface Filter {
  /** The parameter in the address. */
  readonly name: string;
  readonly label: string;
  readonly options: ReadonlyArray<{ readonly value: string; readonly label: string }>;
  /** Where it is more than the parameter `name`: what is chosen, and what a choice changes in the address. */
  readonly value?: string;
  readonly changesOf?: (value: string) => Readonly<Record<string, string | null>>;
}

interface Props {
  readonly filters: readonly Filter[];
  readonly text?: TextFilter;
  /** Behind them. */
  readonly children?: ComponentChildren;
}

/** Filters live in the address: Back undoes one, a link shows the same rows. */
export function Filters({ filters, text, children }: Props) {
  return (
    <div class="filters">
      {filters.map((filter) => (
        <SelectFilter key={filter.name} {...filter} />
      ))}
      {text !== undefined && <TextFilterBox {...text} />}
      {children}
    </div>
  );
}

function SelectFilter({ name, label, options, changesOf, value = query.value.get(name) ?? '' }: Filter) {
  const chosen = options.find((option) => option.value === value)?.label ?? value;
  return (
    <label class={`filter ${value === '' ? '' : 'set'}`}>
      <span>{value === '' ? label : `${label}: ${chosen}`}</span>
      <Icon name="down" />
      <select
        aria-label={label}
        value={value}
        onChange={({ currentTarget: { value: chosenValue } }) =>
          setQuery(changesOf?.(chosenValue) ?? { [name]: chosenValue }, { replace: false })
        }
      >
        <option value="">{t('app.all')}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The next step where nothing matches. */
export function ClearFilters() {
  return (
    <a class="button small" href={path.value}>
      {t('app.clear-filters')}
    </a>
  );
}

export interface TextFilter {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
}

export function TextFilterBox({ name, label, placeholder = label }: TextFilter) {
  return (
    <label class="search small">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        value={query.value.get(name) ?? ''}
        onInput={(event) => setQuery({ [name]: event.currentTarget.value })}
      />
    </label>
  );
}
