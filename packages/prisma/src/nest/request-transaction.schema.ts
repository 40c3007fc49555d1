import { z } from 'zod';
import { transactionOptionsShape } from '../transaction/transaction-options.schema';

const { isolationLevel, maxWaitMs, timeoutMs, readOnly } = transactionOptionsShape;

/** No retries: the body of the request has been read, and the handler does more than write to the database. */
export const requestTransactionSchema = z.strictObject({
  isolationLevel,
  maxWaitMs,
  timeoutMs,
  readOnly,
  readOnlyGet: z.boolean().optional(),
});
