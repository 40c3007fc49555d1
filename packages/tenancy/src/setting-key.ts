import { isSettingName } from '@nestarc/postgres';
import { z } from 'zod';

/** Schema of the option that names the PostgreSQL setting with the tenant id. */
export const settingKey = z
  .string()
  .refine(isSettingName, 'expected a custom setting name such as "app.current_tenant"');
