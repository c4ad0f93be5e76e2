/**
 * The health command of a service's container: an image without curl and without a need for a shell.
 *
 *     node check-health.mjs live|ready
 *
 * Exit code 0 when the service says so, else 1 and its answer, which `docker inspect` then shows.
 */
const TIMEOUT_MS = 2_000;

const [what = 'ready'] = process.argv.slice(2);
const port = process.env['HTTP_PORT'];

try {
  const response = await fetch(`http://127.0.0.1:${port}/health/${what}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) process.stdout.write(await response.text());
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(String(error));
  process.exitCode = 1;
}
