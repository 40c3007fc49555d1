import type { ClientInternals } from '../client/client-internals';
import { PrismaInternalsError } from '../errors/prisma-internals.error';
import type { ModelInfo } from './model-info';
import { modelInfosOf } from './model-info.builder';
import { disagreements } from './schema-agreement';
import { parseSchema } from './schema.parser';

const known = new WeakMap<ClientInternals, ReadonlyMap<string, ModelInfo>>();

/**
 * Reads the models from the schema text that a generated client carries: its runtime data model names neither keys nor the
 * fields of relations. Read once per client.
 *
 * @param internals - of the client
 * @throws PrismaInternalsError when there is no text, or it does not say what the client works by
 */
export function schemaModels(internals: ClientInternals): ReadonlyMap<string, ModelInfo> {
  const models = known.get(internals) ?? readModels(internals);
  known.set(internals, models);
  return models;
}

function readModels(internals: ClientInternals): ReadonlyMap<string, ModelInfo> {
  const { inlineSchema } = internals._engineConfig;
  const refuse = (missing: string): PrismaInternalsError =>
    new PrismaInternalsError([missing], internals._clientVersion);
  if (typeof inlineSchema !== 'string' || inlineSchema === '') throw refuse('_engineConfig.inlineSchema');
  const models = parsed(inlineSchema, refuse);
  const where = disagreements(models, internals._runtimeDataModel.models);
  if (where.length > 0) {
    throw refuse(`an _engineConfig.inlineSchema that agrees with its _runtimeDataModel (on ${where.join(', ')})`);
  }
  return models;
}

function parsed(inlineSchema: string, refuse: (missing: string) => PrismaInternalsError): Map<string, ModelInfo> {
  try {
    return modelInfosOf(parseSchema(plainText(inlineSchema)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(`an _engineConfig.inlineSchema that can be read (${reason})`);
  }
}

/** Clients for the edge had it in base64, in which no block opens. */
function plainText(inlineSchema: string): string {
  return inlineSchema.includes('{') ? inlineSchema : Buffer.from(inlineSchema, 'base64').toString('utf8');
}
