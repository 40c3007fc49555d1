import { InvalidOptionsError } from '@nestarc/core';
import { joinSql, sql, type SqlFragment } from '@nestarc/postgres';
import type { ModelInfo, ModelMetadata } from '@nestarc/prisma';
import { typed } from '../service/value.sql';

/** A part of a primary key. */
export type AuditKeyPart = string | number | bigint;

/** A primary key: the value, or the values by field where the key has several. */
export type AuditRecordKey = AuditKeyPart | Readonly<Record<string, AuditKeyPart>>;

/**
 * Finds a model.
 *
 * @param owner - what was called
 * @param metadata - the schema
 * @param model - name of the model
 * @throws InvalidOptionsError for a model that the schema does not have
 */
export function modelOf(owner: string, metadata: ModelMetadata, model: string): ModelInfo {
  const found = metadata.model(model);
  if (found !== undefined) return found;
  throw new InvalidOptionsError(owner, [{ path: 'model', message: `the schema has no model ${String(model)}` }]);
}

/**
 * The primary key of a row as entries have it in `target_id`.
 *
 * @param owner - what was called
 * @param model - the model
 * @param key - the key
 * @throws InvalidOptionsError for a key that is none of the model
 */
export function targetIdOf(owner: string, model: ModelInfo, key: AuditRecordKey): SqlFragment {
  const given = typeof key === 'object' ? key : { [model.primaryKey[0] ?? '']: key };
  const names = Object.keys(given);
  const isWhole = names.length === model.primaryKey.length && model.primaryKey.every((field) => names.includes(field));
  if (!isWhole) {
    const message = `expected the primary key of ${model.name}: ${model.primaryKey.join(', ')}`;
    throw new InvalidOptionsError(owner, [{ path: 'key', message }]);
  }
  const parts = model.primaryKey.map((field) => typed.text(textOf(model, field, given[field])));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : sql`pg_catalog.jsonb_build_array(${joinSql(parts)})::text`;
}

function textOf(model: ModelInfo, field: string, value: AuditKeyPart | undefined): string {
  const text = String(value);
  return model.field(field)?.nativeType === 'Uuid' ? text.toLowerCase() : text;
}
