import { type ModelInfo, type ModelMetadata, originalClient } from '@nestarc/prisma';

const schemas = new WeakMap<ModelInfo, string>();

/**
 * Remembers the PostgreSQL schema that a client finds its tables in. Prisma writes it before every table, whatever the search
 * path: the `schema` of the adapter, or else `public`. Engines that bring their own driver set the search path.
 *
 * @param client - the client
 * @param metadata - its models
 */
export function rememberDefaultSchema(client: unknown, metadata: ModelMetadata): void {
  const config = Reflect.get(originalClient(client), '_engineConfig') as {
    readonly adapter?: AdapterFactory | undefined;
  };
  if (config.adapter === undefined || config.adapter === null) return;
  const schema = config.adapter.options?.schema ?? 'public';
  for (const name of metadata.names) {
    const info = metadata.model(name);
    if (info !== undefined) schemas.set(info, schema);
  }
}

/** What `new PrismaPg(config, options)` makes, as far as it is of interest here. */
interface AdapterFactory {
  readonly options?: { readonly schema?: string | undefined } | undefined;
}

/**
 * Tells the PostgreSQL schema of a model's table.
 *
 * @param info - the model
 * @returns `undefined` for whatever the search path says
 */
export function schemaOf(info: ModelInfo): string | undefined {
  return info.schema ?? schemas.get(info);
}
