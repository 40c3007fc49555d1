import type { CacheStore } from '../../src/cache';

/** A store whose operations can be made to fail, to hang, to be held up or to get lost; it counts them. */
export class TestStore implements CacheStore {
  readonly values = new Map<string, unknown>();
  readonly calls: string[] = [];
  mode: 'works' | 'fails' | 'hangs' | 'loses writes' = 'works';
  /** Held back before the value that is written can be seen. */
  beforeSet: (key: string, value: unknown) => Promise<void> = async () => undefined;

  /** What is read when there is nothing: cache-manager 7 says undefined, stores of version 5 may say null. */
  constructor(private readonly nothing: null | undefined = undefined) {}

  async get(key: string): Promise<unknown> {
    await this.#operate('get', key);
    const value = this.values.get(key);
    return value === undefined ? this.nothing : structuredClone(value);
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#operate('set', key);
    // As stores of cache-manager 5 do.
    if (value === undefined) throw new Error('no cacheable value');
    await this.beforeSet(key, value);
    if (this.mode !== 'loses writes') this.values.set(key, JSON.parse(JSON.stringify(value)));
  }

  async del(key: string): Promise<void> {
    await this.#operate('del', key);
    this.values.delete(key);
  }

  async #operate(name: string, key: string): Promise<void> {
    this.calls.push(`${name} ${key}`);
    if (this.mode === 'hangs') await new Promise(() => undefined);
    if (this.mode === 'fails') throw new Error(`connect ECONNREFUSED`);
  }
}
