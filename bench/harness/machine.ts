import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

const NODE_MODULES = join(import.meta.dirname, '..', '..', 'node_modules');

/** Without these, a figure means nothing. */
export interface Circumstances {
  readonly date: string;
  readonly commit: string;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly system: string;
  /** Processes that wanted a CPU when the bench began: what else the machine was doing. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

const PACKAGES = [
  'kafkajs',
  '@nestjs/microservices',
  'pg-transactional-outbox',
  'nodemailer',
  'smtp-server',
  'typeorm',
  'pg',
];

export function circumstances(): Circumstances {
  const [first] = cpus();
  return {
    date: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    cpu: `${cpus().length} × ${first?.model.trim() ?? 'unknown'}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    loadBefore: Number(loadavg()[0]?.toFixed(1)),
    versions: { node: process.version, ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])) },
  };
}

function versionOf(name: string): string {
  try {
    // Not every package lets its package.json be imported.
    return (JSON.parse(readFileSync(join(NODE_MODULES, name, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return 'not installed';
  }
}
