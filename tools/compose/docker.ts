import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CHECKOUT = join(import.meta.dirname, '..', '..');

/** A log of an hour, say. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

export interface ComposeOptions {
  /** Name of the composed system, where it is not the file's own. */
  readonly project?: string | undefined;
  /** Laid over our own environment, as the file's variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** `docker …`, quietly. @returns what it printed */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** `docker compose …` for one system: quietly, at once, or for everybody to see. */
export class Compose {
  readonly #options: ComposeOptions;

  constructor(options: ComposeOptions = {}) {
    this.#options = options;
  }

  /** @returns what it printed. Rejects with what it complained about. */
  async run(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('docker', this.#arguments(args), {
      ...this.#where,
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    return stdout.trim();
  }

  runSync(...args: string[]): string {
    return execFileSync('docker', this.#arguments(args), {
      ...this.#where,
      encoding: 'utf8',
      maxBuffer: OUTPUT_BYTES_MAX,
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** On this terminal. @throws {Error} when it fails; why is on the screen then */
  async show(...args: string[]): Promise<void> {
    const child = spawn('docker', this.#arguments(args), { ...this.#where, stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`docker compose ${args.join(' ')} ended with ${code}`);
  }

  #arguments(args: string[]): string[] {
    const { project } = this.#options;
    return ['compose', ...(project === undefined ? [] : ['--project-name', project]), ...args];
  }

  get #where(): { cwd: string; env: NodeJS.ProcessEnv } {
    return { cwd: CHECKOUT, env: { ...process.env, ...this.#options.env } };
  }
}
