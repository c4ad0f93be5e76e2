import type { Logger } from '../src/index.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** The log of a broker, of which a line can be awaited. */
export class AwaitedLog {
  readonly lines: LogLine[] = [];
  private readonly waiting = new Set<() => void>();

  readonly logger: Logger = (level, message, fields) => {
    this.lines.push({ ...fields, level, message });
    for (const look of this.waiting) look();
  };

  /** Resolves with the first line, written before or later, that has `text` in its message or one of its fields. */
  line(text: string): Promise<LogLine> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.lines.find((line) => Object.values(line).some((value) => String(value).includes(text)));
        if (!found) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }
}
