// @ts-check
import path from 'node:path';

/** The root of this clone. */
export const root = path.resolve(import.meta.dirname, '../..');
