import { formatted } from '../new/format.ts';
import { CHECKOUT } from '../services/read-manifests.ts';
import type { Service } from '../services/read-manifests.ts';
import { composeRegions } from './compose.ts';
import { devcontainerRegions, readmeRegions } from './documents.ts';
import { kubernetesFiles, kustomizationRegions, topicsRegions } from './kubernetes.ts';
import { prometheusRegions } from './prometheus.ts';
import { HEAD, replaceRegion } from './region.ts';
import { certificatesRegions, databasesRegions, secretsRegions } from './scripts.ts';
import type { Files } from './write-files.ts';

type Regions = Readonly<Record<string, string>>;

const FILES_WITH_REGIONS: Readonly<Record<string, (services: readonly Service[]) => Regions>> = {
  'docker-compose.yml': composeRegions,
  'infra/secrets/make-secrets.sh': secretsRegions,
  'infra/secrets/make-certificates.sh': certificatesRegions,
  'infra/postgres/create-databases.sh': databasesRegions,
  'infra/observability/prometheus.yml': prometheusRegions,
  'deploy/kubernetes/base/kustomization.yaml': kustomizationRegions,
  'deploy/kubernetes/kafka/topics.yaml': topicsRegions,
  '.devcontainer/devcontainer.json': devcontainerRegions,
  'README.md': (services) => readmeRegions(services, 'en'),
  'README.ko.md': (services) => readmeRegions(services, 'ko'),
};

/** Here a file that is generated as a whole is left of a service that no longer exists. */
const FOLDER_OF_WHOLE_FILES = 'deploy/kubernetes';

/** A checkout, or in tests a copy of one. */
export interface Tree {
  read(path: string): string;
  /** Every file of a folder, by its path from the root. */
  list(folder: string): readonly string[];
}

/**
 * What follows from the manifests alone.
 * @returns formatted: where a line breaks depends on the names in it
 * @throws when a region is missing
 */
export async function textsOfServices(services: readonly Service[], tree: Tree): Promise<Files> {
  const whole = kubernetesFiles(services);
  const left = tree
    .list(FOLDER_OF_WHOLE_FILES)
    .filter((path) => tree.read(path).startsWith(HEAD) && !whole.some(([one]) => one === path));
  const withRegions = Object.entries(FILES_WITH_REGIONS).map(([path, regionsOf]): [string, string] => {
    const text = Object.entries(regionsOf(services)).reduce(
      (current, [name, body]) => replaceRegion(path, current, name, body),
      tree.read(path),
    );
    return [path, text];
  });
  const made = await Promise.all(
    [...withRegions, ...whole].map(async ([path, text]): Promise<[string, string]> => [
      path,
      /\.(ya?ml|json)$/.test(path) ? await formatted(CHECKOUT, path, text) : text,
    ]),
  );
  return new Map<string, string | undefined>([...made, ...left.map((path): [string, undefined] => [path, undefined])]);
}
