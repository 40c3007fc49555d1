import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireOptionalPeer } from '../src/nest';

describe('requireOptionalPeer', () => {
  it('loads a package that is installed, ESM ones too', () => {
    expect(requireOptionalPeer('@nestjs/event-emitter')).toHaveProperty('EventEmitter2');
  });

  it('tells that a package is absent', () => {
    expect(requireOptionalPeer('@nestarc/does-not-exist')).toBeUndefined();
  });

  it('does not hide a package that breaks while loading', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nestarc-peer-'));
    await writeFile(join(folder, 'index.cjs'), "require('./missing-part');");
    expect(() => requireOptionalPeer(join(folder, 'index.cjs'))).toThrow('missing-part');
    await rm(folder, { recursive: true });
  });
});
