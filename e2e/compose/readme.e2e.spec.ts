import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freePorts } from '../../tools/compose/free-ports.ts';
import { Compose, docker } from '../../tools/compose/docker.ts';
import { CHECKOUT, commandsOf } from '../harness/readme.ts';

const project = process.env['E2E_COMPOSE_PROJECT'];

// `npm run test:compose` has built the images.
it.skipIf(project === undefined)(
  'the Docker commands of the README start the system, give the tour, and end it',
  async ({ onTestFinished }) => {
    const own = `${project}-readme`;
    // When a command fails, those behind it are not run, and Docker would restart the containers for ever.
    onTestFinished(async () => void (await new Compose({ project: own }).run('--profile', '*', 'down', '--volumes')));
    // As typed where nothing is set, but for the name and the ports: another system runs beside this one.
    const { COMPOSE_PROFILES: _, ...env } = process.env;
    const [commands] = commandsOf('With Docker');
    const { stdout } = await promisify(execFile)('bash', ['-ec', commands!], {
      cwd: CHECKOUT,
      env: { ...env, ...(await freePorts()), COMPOSE_PROJECT_NAME: own },
    });
    expect(stdout).toContain('every step happened, in containers');
    expect(docker('ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${own}`)).toBe('');
  },
);
