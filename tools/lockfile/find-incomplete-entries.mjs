/**
 * Programs that come as one package per platform are `optionalDependencies`. npm writes a lockfile without those that
 * its registry lacked on that day, and from then on `npm ci` refuses it, on every platform.
 * @param {import('./find-incomplete-entries.d.mts').Lockfile} lockfile
 * @returns {string[]} `<package> lacks <platform's package>`
 */
export function findIncompleteEntries({ packages }) {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isFoundFrom(path, name, packages))
      .map((name) => `${path.replace(/^.*node_modules\//, '') || 'the root'} lacks ${name}`),
  );
}

/**
 * As Node looks for it: in the package's own node_modules, then in those of the folders above.
 * @param {string} path
 * @param {string} name
 * @param {Record<string, unknown>} packages
 */
function isFoundFrom(path, name, packages) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/'), 0))) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (candidate in packages) return true;
    if (folder === '') return false;
  }
}
