import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';
import { publishedManifest } from './published-manifest.ts';
import type { Manifest } from './published-manifest.ts';

const run = promisify(execFile);

const CHECKOUT = join(import.meta.dirname, '..', '..');
const PACKAGES = join(CHECKOUT, 'packages');
const TSC = join(CHECKOUT, 'node_modules', '.bin', 'tsc');

export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  /** Its folder in the repository. */
  readonly folder: string;
  /** Path of the .tgz. */
  readonly tarball: string;
  /** Paths within it. */
  readonly files: readonly string[];
}

/**
 * Makes a tarball of every folder in packages/, as `npm publish` takes it. Each is compiled and put together in a temporary
 * folder: what lies in `dist` from earlier builds does not get in, and the package.json in the repository stays as it is. The
 * packages have to be built, because each is compiled against the declarations of the others.
 */
export async function packPackages(destination: string): Promise<PackedPackage[]> {
  mkdirSync(destination, { recursive: true });
  const folders = readdirSync(PACKAGES).map((name) => join(PACKAGES, name));
  const manifests = folders.map(readManifest);
  const versions = Object.fromEntries(manifests.map(({ name, version }) => [name, version]));
  return Promise.all(
    folders.map(async (folder, index) => packOne(folder, publishedManifest(manifests[index]!, versions), destination)),
  );
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

async function packOne(folder: string, manifest: Manifest, destination: string): Promise<PackedPackage> {
  const stage = mkdtempSync(join(tmpdir(), 'pack-'));
  try {
    await compile(folder, join(stage, 'dist'), manifest.bin === undefined ? [] : ['--emitDeclarationOnly']);
    if (manifest.bin !== undefined) await bundle(folder, join(stage, 'dist'));
    const others = (manifest.files ?? []).filter((path) => !path.includes('dist'));
    for (const path of ['README.md', 'LICENSE', ...others]) {
      if (existsSync(join(folder, path))) cpSync(join(folder, path), join(stage, path), { recursive: true });
    }
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', destination], { cwd: stage });
    const { filename, files } = firstOf(JSON.parse(stdout) as NpmPacked[] | Record<string, NpmPacked>);
    const { name, version } = manifest;
    return { name, version, folder, tarball: join(destination, filename), files: files.map(({ path }) => path).sort() };
  } finally {
    rmSync(stage, { recursive: true });
  }
}

interface NpmPacked {
  readonly filename: string;
  readonly files: ReadonlyArray<{ readonly path: string }>;
}

/** npm 12 lists by name, earlier ones in an array. */
function firstOf(packed: NpmPacked[] | Record<string, NpmPacked>): NpmPacked {
  const [first] = Object.values(packed);
  if (first === undefined) throw new Error('npm pack has packed nothing');
  return first;
}

/** With the sources inside the source maps, as the sources themselves are not in the package. */
async function compile(folder: string, outDir: string, more: readonly string[]): Promise<void> {
  const config = join(folder, 'tsconfig.build.json');
  const options = ['--outDir', outDir, '--composite', 'false', '--tsBuildInfoFile', 'null', '--inlineSources', ...more];
  try {
    await run(TSC, ['-p', config, ...options], { cwd: folder });
  } catch (error) {
    throw new Error(`${folder} does not compile:\n${(error as { stdout?: string }).stdout}`, { cause: error });
  }
}

/**
 * The JavaScript of a package that has a command, in a few files: Node needs three times as long to load the two hundred
 * that they are made of, as long as they are not in its compile cache. Not minified, so that a stack trace can be read.
 */
async function bundle(folder: string, outDir: string): Promise<void> {
  await build({
    root: folder,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      ssr: true,
      target: 'node22',
      outDir,
      emptyOutDir: false,
      sourcemap: true,
      rolldownOptions: {
        input: { index: 'src/index.ts', cli: 'src/cli.ts' },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name].js' },
      },
    },
  });
}
