export { NestarcError, isNestarcError, type NestarcErrorDetails } from './errors/nestarc.error';
export { InvalidOptionsError, type OptionProblem } from './errors/invalid-options.error';
export { TenantContextMissingError } from './errors/tenant-context-missing.error';
export { InvalidTenantIdError, parseTenantId, type TenantId } from './context/tenant-id';
export {
  createContext,
  type Actor,
  type ContextMode,
  type RequestContext,
  type RequestContextInit,
} from './context/request-context';
export {
  IncompatibleCoreError,
  TenantAlreadySetError,
  amendContext,
  bindContext,
  currentContext,
  resumeContext,
  type RunningContext,
  runningContext,
  runWithContext,
  withdrawIdentity,
} from './context/context-store';
export { type ContextSlot, contextSlot, slotValue, withSlot } from './context/context-slot';
export { withSettings } from './context/context-settings';
export { silentEventSink, type EventSink } from './events/event-sink';
export { resolveOptions } from './options/resolve-options';
