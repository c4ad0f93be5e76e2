/**
 * `npm run pack [-- FOLDER]`: tarballs of the packages, by default in .data/packages. `npm publish FOLDER/NAME.tgz` publishes one.
 */
import { join, resolve } from 'node:path';
import { packPackages } from './pack-packages.ts';

const [folder = join('.data', 'packages')] = process.argv.slice(2);
for (const { tarball, files } of await packPackages(resolve(folder))) {
  console.log(`${tarball}  ${files.length} files`);
}
