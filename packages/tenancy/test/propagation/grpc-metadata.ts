type MetadataValue = string | Buffer;

/**
 * `Metadata` as `@grpc/grpc-js` documents it, which is not installed here: keys are folded to lower case, values of keys
 * that end in `-bin` are buffers and all others printable ASCII, `add` keeps what is there, `getMap` gives first values.
 *
 * @see https://grpc.github.io/grpc/node/grpc.Metadata.html
 */
export class Metadata {
  readonly #values = new Map<string, MetadataValue[]>();

  set(key: string, value: MetadataValue): void {
    this.#values.set(checked(key, value), [value]);
  }

  add(key: string, value: MetadataValue): void {
    const name = checked(key, value);
    this.#values.set(name, [...this.get(name), value]);
  }

  remove(key: string): void {
    this.#values.delete(key.toLowerCase());
  }

  get(key: string): MetadataValue[] {
    return this.#values.get(key.toLowerCase()) ?? [];
  }

  getMap(): Record<string, MetadataValue> {
    return Object.fromEntries([...this.#values].map(([key, values]) => [key, values[0] ?? '']));
  }
}

function checked(key: string, value: MetadataValue): string {
  const name = key.toLowerCase();
  if (!/^[:0-9a-z_.-]+$/.test(name)) throw new Error(`Metadata key "${name}" contains illegal characters`);
  if (name.endsWith('-bin') !== Buffer.isBuffer(value)) {
    throw new Error('keys that end with "-bin" must have Buffer values');
  }
  if (typeof value === 'string' && !/^[ -~]*$/.test(value)) {
    throw new Error(`Metadata string value "${value}" contains illegal characters`);
  }
  return name;
}
