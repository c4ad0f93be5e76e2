/** A group is named like its service; that of a handler with a name has it behind a dot. */
export function serviceOf(group: string): string {
  return group.split('.', 1)[0]!;
}
