import { AUDIT_ACTION_KEY, AUDIT_REASON_KEY, NO_AUDIT_KEY } from './audit-log.tokens';

/** What the decorators of a handler and its class say. */
export interface HandlerAudit {
  /** Whether they say anything. */
  readonly isDecorated: boolean;
  /** Whether only markers are recorded. */
  readonly noAudit: boolean;
  /** Name of what it does. */
  readonly action: string | undefined;
  /** Why it does that. */
  readonly reason: string | undefined;
}

/**
 * Looks at the decorators of a handler and of its class; those of the handler have the last word.
 *
 * @param controller - the class
 * @param handler - the handler
 */
export function handlerAudit(controller: object, handler: object): HandlerAudit {
  const said = <T>(key: string): T | undefined =>
    (Reflect.getMetadata(key, handler) ?? Reflect.getMetadata(key, controller)) as T | undefined;
  const noAudit = said<boolean>(NO_AUDIT_KEY) ?? false;
  const action = said<string>(AUDIT_ACTION_KEY);
  const reason = said<string>(AUDIT_REASON_KEY);
  return { isDecorated: noAudit || action !== undefined || reason !== undefined, noAudit, action, reason };
}
