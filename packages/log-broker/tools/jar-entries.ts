import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/**
 * Fetches `org.apache.kafka:<artifact>:<version>` with Maven (so mirrors and settings of the machine apply) and returns
 * the text of its `*.json` entries by base name.
 */
export function readJsonEntries(artifact: string, version: string): Map<string, string> {
  const folder = join(tmpdir(), 'kafka-message-definitions');
  const jar = join(folder, `${artifact}-${version}.jar`);
  if (!existsSync(jar)) {
    mkdirSync(folder, { recursive: true });
    const coordinates = `org.apache.kafka:${artifact}:${version}`;
    execFileSync('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`], {
      cwd: folder,
      stdio: 'inherit',
    });
  }
  return jsonEntries(readFileSync(jar));
}

/** Walks the zip's central directory (APPNOTE 4.3.12); jars use no zip64 and only "stored" and "deflate". */
function jsonEntries(zip: Buffer): Map<string, string> {
  const END_OF_DIRECTORY = 0x06054b50;
  let end = zip.length - 22;
  while (end > 0 && zip.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);

  const entries = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const method = zip.readUInt16LE(at + 10);
    const packedSize = zip.readUInt32LE(at + 20);
    const nameLength = zip.readUInt16LE(at + 28);
    const localHeader = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    if (!name.endsWith('.json')) continue;
    const start = localHeader + 30 + zip.readUInt16LE(localHeader + 26) + zip.readUInt16LE(localHeader + 28);
    const packed = zip.subarray(start, start + packedSize);
    const content = method === 0 ? packed : inflateRawSync(packed);
    entries.set(name.slice(name.lastIndexOf('/') + 1), content.toString('utf8'));
  }
  return entries;
}
