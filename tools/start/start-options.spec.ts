import { expect, it } from 'vitest';
import { parseStartOptions, USAGE } from './start-options.ts';

it('every option has a line in the help', () => {
  const options = ['--once', '--data FOLDER', '--with NAME', '--secure', '--ports free'];
  for (const option of options) expect(USAGE).toContain(`npm start -- ${option} `);
  expect(parseStartOptions(['--help'])).toBeUndefined();
});

it('without options it stays up on the usual ports, in the open', () => {
  expect(parseStartOptions([])).toMatchObject({ once: false, ports: 'usual', with: [], secure: false });
});

it.each([
  [['--secured'], "Unknown option '--secured'"],
  [['--ports', '3000'], '--ports: invalid value "3000"; usual or free'],
  [['--with', 'no-service'], '--with: "no-service" is not a service that starts on demand; there is '],
  [['--data'], "Option '--data <value>' argument missing"],
])('says what is wrong with %j', (args, problem) => {
  expect(() => parseStartOptions(args)).toThrow(problem);
});
