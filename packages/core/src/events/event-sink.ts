/** Where packages announce what happened; the port behind which an event emitter, a broker or nothing stands. */
export interface EventSink {
  /**
   * Announces an event. Never throws and never rejects: a listener's failure is not the caller's.
   *
   * @param event - name of the event, such as `tenant.resolved`
   * @param payload - what happened
   */
  emit(event: string, payload: unknown): void;
}

/** The sink that tells nobody: what packages use when the application has no event emitter. */
export const silentEventSink: EventSink = Object.freeze({ emit: () => undefined });
