/** `npm run contracts -- <command>`: what is made from the event catalog, and what compares it with what was released. */

interface Command {
  readonly does: string;
  /** Resolves with the exit code. */
  readonly run: () => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  documents: {
    does: 'writes the documents that are generated from the catalog, as npm run generate does',
    run: async () => (await import('./write-documents.ts')).writeDocuments(),
  },
  check: {
    does: 'refuses a change of the catalog that breaks a publisher or a consumer',
    run: async () => (await import('./check-contracts.ts')).checkContracts(),
  },
  accept: {
    does: 'accepts the changes of the catalog, if all are allowed',
    run: async () => (await import('./check-contracts.ts')).acceptContracts(),
  },
};

const [name = '', ...others] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined || others.length > 0) {
  const lines = Object.entries(COMMANDS).map(([command, { does }]) => `  ${command.padEnd(10)} ${does}`);
  console.error(`usage: npm run contracts -- <command>\n${lines.join('\n')}`);
  process.exitCode = 2;
} else {
  process.exitCode = await command.run();
}
