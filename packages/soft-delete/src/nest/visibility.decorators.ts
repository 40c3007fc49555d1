import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import {
  SOFT_DELETE_ONLY_DELETED,
  SOFT_DELETE_SKIP,
  SOFT_DELETE_WITH_DELETED,
  SOFT_DELETE_WITH_DELETED_RELATIONS,
} from './soft-delete.tokens';

/**
 * Shows a handler, or every handler of a controller, deleted rows of some models along with the active ones. All other models
 * stay as they are: what the handler looks up besides must not change its meaning.
 *
 * @param models - names of the models, `'*'` for all. Without any the application does not boot: that used to mean all
 */
export function WithDeleted(...models: readonly string[]): CustomDecorator {
  return SetMetadata(SOFT_DELETE_WITH_DELETED, Object.freeze([...models]));
}

/**
 * Shows a handler, or every handler of a controller, nothing but deleted rows of some models.
 *
 * @param models - names of the models, `'*'` for all. Without any the application does not boot: that used to mean all
 */
export function OnlyDeleted(...models: readonly string[]): CustomDecorator {
  return SetMetadata(SOFT_DELETE_ONLY_DELETED, Object.freeze([...models]));
}

/**
 * Leaves some models alone in a handler, or in every handler of a controller: nothing is filtered, and a delete is a real one.
 *
 * @param models - names of the models, `'*'` for all. Without any the application does not boot: that used to mean all
 */
export function SkipSoftDelete(...models: readonly string[]): CustomDecorator {
  return SetMetadata(SOFT_DELETE_SKIP, Object.freeze([...models]));
}

/**
 * Shows a handler, or every handler of a controller, deleted rows of some relations: an order with the customer who is gone.
 *
 * @param paths - the relations, as paths from the root of a query, such as `customer` or `lines.product`
 */
export function WithDeletedRelations(...paths: readonly string[]): CustomDecorator {
  return SetMetadata(SOFT_DELETE_WITH_DELETED_RELATIONS, Object.freeze([...paths]));
}
