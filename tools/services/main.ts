/** As a program, for the set-up: fails if a manifest is wrong, and says what. */
import { checkManifests, ManifestProblem } from './check-manifests.ts';

try {
  checkManifests();
} catch (error) {
  if (!(error instanceof ManifestProblem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
