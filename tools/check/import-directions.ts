/** `npm run check`: fails when an import goes up or forms a cycle. layers.ts says what is above what. */
import { dirname, join } from 'node:path';
import { filesOf, importsOf } from '../tidy/repository-files.ts';
import { findWrongImports } from './find-wrong-imports.ts';
import { LAYERS } from './layers.ts';

const files = filesOf(/^(apps|packages|tools|bench|e2e|lab)\/.*\.(m?ts|tsx)$/).filter(
  ({ path }) => !/\.spec\.tsx?$/.test(path),
);
const imports = files.flatMap((file) =>
  importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) => ({ from: file.path, to: join(dirname(file.path), name) })),
);
const problems = findWrongImports(imports, LAYERS);
console.log([...problems, `${imports.length} imports, ${problems.length} problems`].join('\n\n'));
process.exitCode = problems.length === 0 ? 0 : 1;
