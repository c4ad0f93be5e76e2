import type { InputHTMLAttributes } from 'preact';
import { useId } from 'preact/hooks';

/** A field with its label, and the sentence under it while what stands in it is rejected. `input`: further attributes. */
export function TextField(props: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly error: string | null;
  readonly input: InputHTMLAttributes<HTMLInputElement>;
  readonly class?: string;
}) {
  const id = useId();
  const { error } = props;
  return (
    <div class={`field ${props.class ?? ''}`}>
      <label for={id}>{props.label}</label>
      <input
        {...props.input}
        id={id}
        class="input"
        value={props.value}
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : `${id}-error`}
        onInput={({ currentTarget }) => props.onInput(currentTarget.value)}
      />
      {error !== null && (
        <span class="error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}
