export interface Segment<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

/** One of a few values. `isAlarm`: a value other than the first is a fault that is switched on. */
export function Segments<Value extends string>(props: {
  readonly label: string;
  readonly options: ReadonlyArray<Segment<Value>>;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly isAlarm?: boolean;
  readonly isDisabled?: boolean;
}) {
  const isOn = props.isAlarm === true && props.value !== props.options[0]?.value;
  return (
    <div class={`segments ${isOn ? 'on' : ''}`} role="group" aria-label={props.label}>
      {props.options.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === props.value}
          disabled={props.isDisabled}
          onClick={() => props.onChange(value)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

export function Toggle(props: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
  readonly isDisabled?: boolean;
}) {
  return (
    <button
      type="button"
      class="toggle"
      role="switch"
      aria-checked={props.isOn}
      aria-label={props.label}
      disabled={props.isDisabled}
      onClick={() => props.onChange(!props.isOn)}
    />
  );
}
