type Cell = string | number | bigint | null | undefined;

/** Where output goes; a test has its own. */
export interface Screen {
  out(text: string): void;
  err(text: string): void;
  /** Whether `err` is a terminal. */
  readonly isTerminal: boolean;
}

/** Results on stdout, everything about them on stderr: a pipe gets the results alone. */
export class Output {
  readonly json: boolean;
  readonly #screen: Screen;
  #progressShown = false;

  constructor(json: boolean, screen: Screen) {
    this.json = json;
    this.#screen = screen;
  }

  /** The whole result: as one document with --json, else as `show` prints it. */
  answer(document: unknown, show: () => void): void {
    if (this.json) this.say(toJson(document, 2));
    else show();
  }

  /** One record of many. */
  line(document: unknown, text: () => string): void {
    this.say(this.json ? toJson(document) : text());
  }

  say(text: string): void {
    this.#screen.out(`${text}\n`);
  }

  table(titles: readonly string[], rows: ReadonlyArray<readonly Cell[]>): void {
    for (const line of formatTable(titles, rows)) this.say(line);
  }

  /** Not part of the result. */
  note(text: string): void {
    this.endProgress();
    this.#screen.err(`${text}\n`);
  }

  /** Rewrites its line on a terminal; prints nothing elsewhere. */
  progress(text: string): void {
    if (!this.#screen.isTerminal) return;
    this.#screen.err(`\r\u001B[K${text}`);
    this.#progressShown = true;
  }

  endProgress(): void {
    if (this.#progressShown) this.#screen.err('\r\u001B[K');
    this.#progressShown = false;
  }
}

export function toJson(document: unknown, indent?: number): string {
  // Offsets are 64 bits wide, and JSON's numbers are not.
  return JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value), indent);
}

export function formatTable(titles: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string[] {
  const isNumber = titles.map((_, column) => rows.every((row) => /^-?[\d,]*$|^-$/.test(textOf(row[column]))));
  const lines = [titles, ...rows.map((row) => titles.map((_, column) => textOf(row[column])))];
  const widths = titles.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}

function textOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '-';
  return typeof cell === 'string' ? oneLine(cell) : cell.toLocaleString('en-US');
}

/** What comes from records may hold line breaks, and control characters that a terminal would obey. */
export function oneLine(text: string, charactersMax = 120): string {
  // eslint-disable-next-line no-control-regex
  const plain = text.replaceAll(/[\u0000-\u001F\u007F-\u009F]+/g, ' ');
  return plain.length <= charactersMax ? plain : `${plain.slice(0, charactersMax - 1)}…`;
}
