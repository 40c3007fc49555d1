import { z } from 'zod';

/** Schema of an option that names a header, in any case (RFC 9110 §5.1); gives it in lower case. */
export const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'expected the name of a header')
  .toLowerCase();
