import type { SoftDeleteSchema } from '../model/soft-delete-schema';
import type { CascadeEdge, SoftModel } from '../model/soft-model';
import { findWithDeleted, type TestedModel, type TestedRow } from './tested-model';

/** A row that hangs on a deleted one by its foreign key. */
export interface HangingRow {
  /** The relation it hangs by. */
  readonly edge: CascadeEdge;
  /** The row. */
  readonly row: TestedRow;
}

/** Finds the rows that a cascade had to reach, by their foreign keys alone, whatever has become of them. */
export class DeletionTree {
  readonly #schema: SoftDeleteSchema;
  readonly #modelOf: (name: string) => TestedModel;

  /**
   * @param schema - what the client deletes softly
   * @param modelOf - gives a model of the client
   */
  constructor(schema: SoftDeleteSchema, modelOf: (name: string) => TestedModel) {
    this.#schema = schema;
    this.#modelOf = modelOf;
  }

  /**
   * Reads rows with what tells them, their deletion and their children apart.
   *
   * @param model - the model
   * @param where - which rows
   */
  rows(model: SoftModel, where: object): Promise<readonly TestedRow[]> {
    const marks = [model.deletedAt, model.deletionId].filter((field) => field !== undefined);
    const outgoing = this.#schema.edgesFrom(model.name).flatMap(({ parentKeys }) => parentKeys);
    const fields = new Set([...keyOf(model), ...marks, ...outgoing]);
    const select = Object.fromEntries([...fields].map((field) => [field, true]));
    return findWithDeleted(this.#modelOf(model.name), { where, select });
  }

  /**
   * Finds what hangs on a row, at any depth. What another deletion had taken before is found, and not what hangs on that.
   *
   * @param root - model of the row
   * @param row - the row
   */
  async below(root: SoftModel, row: TestedRow): Promise<readonly HangingRow[]> {
    const found: HangingRow[] = [];
    const seen = new Set([identityOf(root, row)]);
    let level: readonly { readonly model: SoftModel; readonly row: TestedRow }[] = [{ model: root, row }];
    while (level.length > 0) {
      const reached = (await Promise.all(level.map((parent) => this.#childrenOf(parent.model, parent.row)))).flat();
      found.push(...reached);
      level = reached
        .map(({ edge, row: child }) => ({ model: edge.child, row: child }))
        .filter(({ model, row: child }) => isOfDeletion(model, child, root, row))
        .filter(({ model, row: child }) => {
          const identity = identityOf(model, child);
          return !seen.has(identity) && seen.add(identity);
        });
    }
    return found;
  }

  async #childrenOf(model: SoftModel, row: TestedRow): Promise<readonly HangingRow[]> {
    const edges = this.#schema.edgesFrom(model.name);
    const children = await Promise.all(
      edges.map(async (edge) => {
        const where = edge.childKeys.map((key, index) => [key, row[edge.parentKeys[index] ?? '']] as const);
        // A key with a null in it refers to nothing.
        if (where.some(([, value]) => value === null)) return [];
        const rows = await this.rows(edge.child, Object.fromEntries(where));
        return rows.map((child) => ({ edge, row: child }));
      }),
    );
    return children.flat();
  }
}

/**
 * Tells whether a row was taken by the same deletion as another: by the deletion's id, or else by its instant.
 *
 * @param model - model of the row
 * @param row - the row
 * @param root - model of the other
 * @param rootRow - the other
 */
export function isOfDeletion(model: SoftModel, row: TestedRow, root: SoftModel, rootRow: TestedRow): boolean {
  if (row[model.deletedAt] === null) return false;
  if (model.deletionId !== undefined && root.deletionId !== undefined) {
    const id = row[model.deletionId];
    const other = rootRow[root.deletionId];
    if (id !== null || other !== null) return id === other;
  }
  return (row[model.deletedAt] as Date).getTime() === (rootRow[root.deletedAt] as Date).getTime();
}

const keyOf = ({ info }: SoftModel): readonly string[] => info.uniques[0]?.fields ?? [];

const identityOf = (model: SoftModel, row: TestedRow): string =>
  [model.name, ...keyOf(model).map((field) => String(row[field]))].join(' ');
