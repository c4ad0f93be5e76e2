import type { DeadLetter } from '../../packages/messaging-client/src/dead-letters/dead-letter.ts';
import { textOfBytes, valueOfBytes } from '@event-bus/messaging-client/inspect';

/** A dead letter with its bytes as text where they are text. */
export function describeLetter(letter: DeadLetter): object {
  return {
    ...letter,
    key: textOfBytes(bytesOf(letter.key)),
    value: valueOfBytes(bytesOf(letter.value)),
    editedValue: valueOfBytes(bytesOf(letter.editedValue)),
    headers: letter.headers.map(([name, base64]) => [name, textOfBytes(Buffer.from(base64, 'base64'))]),
  };
}

function bytesOf(base64: string | null): Buffer | null {
  return base64 === null ? null : Buffer.from(base64, 'base64');
}
