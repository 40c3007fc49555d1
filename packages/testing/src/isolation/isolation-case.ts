import type { IsolationSubject, Ready, TenantTable } from './isolation-subject';

/** One thing that must hold, as a test. */
export interface IsolationCase {
  /** What holds, as a sentence. */
  readonly name: string;
  /** Shows it; rejects with a sentence that says what leaks. */
  readonly run: () => Promise<void>;
}

/** What a case about the whole schema works with. */
export interface SchemaCase {
  readonly name: string;
  readonly run: (subject: IsolationSubject, ready: Ready) => Promise<void>;
}

/** What a case about one model works with. */
export interface ModelCase {
  readonly name: string;
  readonly run: (subject: IsolationSubject, ready: Ready, model: TenantTable) => Promise<void>;
}
