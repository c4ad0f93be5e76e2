import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryFileSystem } from './memory-with-faults.ts';
import { SavedFile } from './saved-file.ts';

const PATH = '/data/list';

describe('a file that is replaced with each change', () => {
  let files: MemoryFileSystem;
  let list: string[];
  let file: SavedFile;

  const adding = (item: string) => ({ apply: () => void list.push(item), undo: () => void list.pop() });
  const onDisk = () => {
    const nothingUnsyncedSurvives = () => 0;
    return files.afterPowerLoss(nothingUnsyncedSurvives).readFile(PATH)?.toString();
  };
  /** Runs everything that does not wait for the disk. */
  const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

  beforeEach(() => {
    files = new MemoryFileSystem();
    files.makeDirectory('/data');
    list = [];
    // oxlint-disable-next-line require-yield -- so short that it needs no steps
    file = new SavedFile(files, PATH, function* () {
      return list.join();
    });
  });

  it('contains a change after a power loss once it was reported saved', async () => {
    await file.save(adding('a'));
    expect(onDisk()).toBe('a');
  });

  it('is written once for all changes that arrive during a write', async () => {
    let writes = 0;
    const replace = files.replaceFileLater.bind(files);
    files.replaceFileLater = (...args) => {
      writes++;
      return replace(...args);
    };
    files.holdsSyncs = true;
    const saves = ['a', 'b', 'c', 'd'].map((item) => file.save(adding(item)));
    files.holdsSyncs = false;
    files.releaseSyncs();
    await Promise.all(saves);
    expect([writes, onDisk()]).toEqual([2, 'a,b,c,d']);
  });

  it('undoes a change that could not be written, and takes the next one', async () => {
    files.failsSyncs = true;
    await expect(file.save(adding('a'))).rejects.toThrow('EIO');
    files.failsSyncs = false;
    await file.save(adding('b'));
    expect([list, onDisk()]).toEqual([['b'], 'b']);
  });

  it('does not lose a change that is saved synchronously while an older state is being written', async () => {
    files.holdsSyncs = true;
    const saving = file.save(adding('a'));
    await turn();
    file.saveNow(adding('b'));
    files.holdsSyncs = false;
    files.releaseSyncs();
    await saving;
    expect(onDisk()).toBe('a,b');
  });

  it('is not written any more once it is closed', async () => {
    files.holdsSyncs = true;
    const saving = file.save(adding('a'));
    let isClosed = false;
    const closing = file.close().then(() => (isClosed = true));
    await turn();
    expect(isClosed).toBe(false);
    files.holdsSyncs = false;
    files.releaseSyncs();
    await Promise.all([saving, closing]);
    await expect(file.save(adding('b'))).rejects.toThrow('closed');
    expect(onDisk()).toBe('a');
  });
});
