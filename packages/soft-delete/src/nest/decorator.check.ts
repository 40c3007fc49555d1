import { InvalidOptionsError, type OptionProblem } from '@nestarc/core';
import { Injectable, type Type } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import { ALL_MODELS } from '../visibility/visibility';
import { decoratedWith } from './route-visibility';
import { MODULE } from './soft-delete-module.schema';
import {
  SOFT_DELETE_ONLY_DELETED,
  SOFT_DELETE_SKIP,
  SOFT_DELETE_WITH_DELETED,
  SOFT_DELETE_WITH_DELETED_RELATIONS,
} from './soft-delete.tokens';

const BY_MODEL = [
  ['WithDeleted', SOFT_DELETE_WITH_DELETED],
  ['OnlyDeleted', SOFT_DELETE_ONLY_DELETED],
  ['SkipSoftDelete', SOFT_DELETE_SKIP],
] as const;

/** Refuses, while the application boots, decorators that name nothing, or what the schema does not have. */
@Injectable()
export class DecoratorCheck {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly scanner: MetadataScanner,
  ) {}

  /**
   * Looks at every class of the application.
   *
   * @param schema - what the client deletes softly
   * @throws InvalidOptionsError naming each handler and class whose decorator cannot be meant
   */
  assertDecorators(schema: SoftDeleteSchema): void {
    const problems = this.#targets().flatMap(([place, target]) => problemsOf(place, target, schema));
    if (problems.length > 0) throw new InvalidOptionsError(MODULE, problems);
  }

  #targets(): (readonly [place: string, target: object])[] {
    return this.#classes().flatMap((found) => {
      const methods = this.scanner.getAllMethodNames(found.prototype as object).flatMap((name) => {
        const method: unknown = Reflect.get(found.prototype as object, name);
        return typeof method === 'function' ? [[`${found.name}.${name}`, method] as const] : [];
      });
      return [[found.name, found] as const, ...methods];
    });
  }

  #classes(): readonly Type[] {
    const wrappers = [...this.modules.values()].flatMap((module) => [
      ...module.controllers.values(),
      ...module.providers.values(),
    ]);
    const classes = wrappers.flatMap(({ metatype }) => (isClass(metatype) ? [metatype] : []));
    return [...new Set(classes)];
  }
}

/** The factory of a provider is a function as well, in the same place. */
function isClass(metatype: unknown): metatype is Type {
  if (typeof metatype !== 'function') return false;
  const prototype: unknown = metatype.prototype;
  return typeof prototype === 'object' && prototype !== null;
}

function problemsOf(place: string, target: object, schema: SoftDeleteSchema): OptionProblem[] {
  const models = BY_MODEL.flatMap(([name, key]) => problemsOfModels(name, decoratedWith(key, target), schema));
  const paths = problemsOfPaths(decoratedWith(SOFT_DELETE_WITH_DELETED_RELATIONS, target), schema);
  return [...models, ...paths].map((problem) => ({ ...problem, path: `${problem.path} on ${place}` }));
}

function problemsOfModels(
  decorator: string,
  models: readonly string[] | undefined,
  schema: SoftDeleteSchema,
): OptionProblem[] {
  if (models === undefined) return [];
  const path = `@${decorator}()`;
  const known = schema.models.map(({ name }) => name);
  const [example = 'User'] = known;
  if (models.length === 0) {
    const message = `name the models that are meant, as in @${decorator}('${example}'); for all of them, say @${decorator}('*')`;
    return [{ path, message }];
  }
  const lowerCased = new Set(known.map((name) => name.toLowerCase()));
  return models
    .filter((model) => model !== ALL_MODELS && !lowerCased.has(model.toLowerCase()))
    .map((model) => ({ path, message: `"${model}" is not one of softDeleteModels: ${known.join(', ')}` }));
}

function problemsOfPaths(paths: readonly string[] | undefined, schema: SoftDeleteSchema): OptionProblem[] {
  if (paths === undefined) return [];
  const path = '@WithDeletedRelations()';
  if (paths.length === 0) return [{ path, message: "name the relations that are meant, as in 'customer'" }];
  const { names } = schema.metadata;
  return paths
    .filter((relation) => !names.some((model) => leadsSomewhere(schema, model, relation.split('.'))))
    .map((relation) => ({ path, message: `no model has a relation "${relation}"` }));
}

function leadsSomewhere(schema: SoftDeleteSchema, model: string, path: readonly string[]): boolean {
  const [first, ...rest] = path;
  if (first === undefined) return true;
  const relation = schema.metadata.model(model)?.field(first)?.relation;
  return relation !== undefined && leadsSomewhere(schema, relation.model, rest);
}
