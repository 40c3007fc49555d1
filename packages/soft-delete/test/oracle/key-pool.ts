import type { ModelMetadata } from '@nestarc/prisma';
import type { Random } from './random';
import type { Row, Rows } from './random-rows';
import type { Args } from './query';

/** Keys of rows, deleted ones among them, as `where` and `cursor` take them. */
export class KeyPool {
  constructor(
    private readonly random: Random,
    private readonly metadata: ModelMetadata,
    private readonly rows: Rows,
  ) {}

  /** The key of some row; seldom one that never was. */
  some(model: string): Args {
    const info = this.metadata.model(model);
    const unique = this.random.pick(info?.uniques ?? []);
    const row = this.random.pick(this.rows.get(info?.table ?? '') ?? []);
    const values = unique.fields.map((field) => [field, this.valueOf(model, field, row)] as const);
    const [first] = values;
    return unique.fields.length === 1 && first !== undefined
      ? { [unique.name]: first[1] }
      : { [unique.name]: Object.fromEntries(values) };
  }

  /** A value that the field has in some row. */
  value(model: string, field: string): unknown {
    const rows = this.rows.get(this.metadata.tableOf(model) ?? '') ?? [];
    return this.valueOf(model, field, this.random.pick(rows));
  }

  private valueOf(model: string, field: string, row: Row): unknown {
    const info = this.metadata.model(model)?.field(field);
    return row[info?.column ?? field] ?? null;
  }
}
