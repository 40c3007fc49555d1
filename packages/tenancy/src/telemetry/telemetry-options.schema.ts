import { z } from 'zod';
import type { ResolvedTelemetryOptions, TelemetryOptions } from './telemetry.options';

/** Schema of the option `telemetry`. */
export const telemetryOptions = z.strictObject({
  spanAttributeKey: z.string().min(1, 'expected the name of an attribute').default('tenant.id'),
  createSpans: z.boolean().default(false),
  baggage: z.boolean().default(false),
}) satisfies z.ZodType<ResolvedTelemetryOptions, TelemetryOptions>;
