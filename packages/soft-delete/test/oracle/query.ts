/** Arguments of a Prisma call. */
export type Args = Record<string, unknown>;

/** A call of a Prisma client, as data. */
export interface Query {
  readonly model: string;
  readonly action: string;
  /** Several for calls of one tick. */
  readonly calls: readonly Args[];
  /** The fluent API: relations that are followed from the row. */
  readonly chain: readonly { readonly field: string; readonly args: Args | undefined }[];
}

/** Stands for `prisma.<model>.fields.<field>`, which belongs to a client. */
export class FieldReference {
  constructor(
    readonly model: string,
    readonly field: string,
  ) {}
}
