/** The part of `npm run doctor` that needs the pinned Node and the packages. Prints its findings as JSON. */
import { join } from 'node:path';
import { findLeftovers } from '../stack/clean-up-leftovers.ts';
import { giveBackPort } from '../stack/find-free-port.ts';
import { findSupervisor } from '../stack/lock-data-folder.ts';
import { takePorts, USUAL_PORTS } from '../stack/ports.ts';
import { findPostgresBinaries } from '../stack/postgres/postgres-binaries.ts';
import { choosePostgresUser } from '../stack/postgres/postgres-user.ts';
import { canEnter, settlePostgres, whyUnusable } from '../stack/postgres/settle-postgres.ts';
import { CHECKOUT } from '../stack/spawn-node.ts';
import { readStackFile } from '../stack/stack-file.ts';

interface Finding {
  readonly check: string;
  readonly state: 'fine' | 'note' | 'problem';
  readonly finding: string;
  readonly remedy?: string;
}

const DATA_FOLDER = join(CHECKOUT, '.data');

const findings = [...(await lookAtPostgres()), ...(await lookAtPorts()), ...lookAtLeftovers()];
console.log(JSON.stringify(findings));

/** Whether it really runs, as the user who will run it, from where it will be. */
async function lookAtPostgres(): Promise<Finding[]> {
  const check = 'PostgreSQL';
  try {
    const user = choosePostgresUser();
    const binaries = findPostgresBinaries();
    const who = user === undefined ? 'you' : `user ${user.name}, because it refuses to run as root`;
    const runs: Finding = { check, state: 'fine', finding: `${binaries.version} runs as ${who}` };

    const obstacle = await whyUnusable(binaries, user);
    if (obstacle !== undefined) {
      const { binaries: copy } = await settlePostgres();
      const remedy = 'Nothing to do. A checkout in a folder that this user can enter needs no copy.';
      return [runs, { check, state: 'note', finding: `from a copy in ${copy.root}: ${obstacle}`, remedy }];
    }
    if (await canEnter(CHECKOUT, user)) return [runs];
    const finding = 'its user cannot enter this checkout; the data is in /var/tmp, linked from .data/postgres';
    return [runs, { check, state: 'note', finding, remedy: 'Nothing to do.' }];
  } catch (error) {
    const remedy =
      'Its libraries are linked by an install script: npm rebuild --ignore-scripts=false. On a slim or musl-based ' +
      'system (Alpine), use the containers instead: docker compose up';
    return [{ check, state: 'problem', finding: error instanceof Error ? error.message : String(error), remedy }];
  }
}

/** Taken ports are not a problem, but the addresses differ from those in the documents. */
async function lookAtPorts(): Promise<Finding[]> {
  const check = 'ports';
  const supervisor = findSupervisor(DATA_FOLDER);
  if (supervisor !== undefined) {
    const addresses = readStackFile(DATA_FOLDER).parts.map(({ name, address }) => `${name} ${address}`);
    return [{ check, state: 'fine', finding: `the system runs (process ${supervisor}): ${addresses.join(', ')}` }];
  }
  const usual = Object.entries(USUAL_PORTS).filter(([, port]) => port !== 0);
  const ports = await takePorts(usual);
  for (const port of ports.values()) giveBackPort(port);
  const taken = usual
    .filter(([name, port]) => ports.get(name) !== port)
    .map(([name, port]) => `${port} is taken, ${name} will use ${ports.get(name)}`);
  if (taken.length === 0) return [{ check, state: 'fine', finding: 'the usual ones are free' }];
  return [{ check, state: 'note', finding: taken.join('; '), remedy: 'Nothing to do.' }];
}

function lookAtLeftovers(): Finding[] {
  if (findSupervisor(DATA_FOLDER) !== undefined) return [];
  const check = 'leftovers';
  const leftovers = findLeftovers(DATA_FOLDER).map(({ name, pid }) => `${name} (process ${pid})`);
  if (leftovers.length === 0) return [{ check, state: 'fine', finding: 'no process of a killed run' }];
  return [
    {
      check,
      state: 'note',
      finding: leftovers.join(', '),
      remedy: 'The next `npm start` or `npm run reset` ends them.',
    },
  ];
}
