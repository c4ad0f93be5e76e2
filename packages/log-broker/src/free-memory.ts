/**
 * Frees the memory of a buffer at once, instead of when the collector finds it. The buffer is empty from then on. Does nothing with a
 * view of memory that others may use.
 */
export function free({ buffer, byteLength }: Buffer): void {
  if (byteLength === buffer.byteLength) (buffer as ArrayBuffer).transfer(0);
}
