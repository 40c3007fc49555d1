import type { ModelInfo } from '@nestarc/prisma';

/** A model whose rows are deleted softly. */
export interface SoftModel {
  /** Its name, as the schema spells it. */
  readonly name: string;
  /** What the schema says of it. */
  readonly info: ModelInfo;
  /** Field that holds when a row was deleted. */
  readonly deletedAt: string;
  /** Field that holds who deleted a row. */
  readonly deletedBy: string | undefined;
  /** Field that holds which deletion took a row. */
  readonly deletionId: string | undefined;
}

/** A relation along which deletions and restorations spread. */
export interface CascadeEdge {
  /** The model that is referred to. */
  readonly parent: SoftModel;
  /** The model that refers to it. */
  readonly child: SoftModel;
  /** The relation, as a field of the child. */
  readonly childField: string;
  /** Fields of the child that make the foreign key. */
  readonly childKeys: readonly string[];
  /** Fields of the parent that they refer to, in the same order. */
  readonly parentKeys: readonly string[];
}
