import { createContext, currentContext, runWithContext, TenantContextMissingError } from '@nestarc/core';
import { ModelMetadata } from '@nestarc/prisma';
import type { Readable } from 'node:stream';
import { type AuditCsvOptions, csvStream, scanOfExport } from '../export/csv.export';
import { type AuditAsOfOptions, type AuditSnapshot, readAsOf, resolveAsOfOptions } from '../history/as-of';
import { type AuditHistoryOptions, readHistory, resolveHistoryOptions } from '../history/record.history';
import { type AuditRecordKey, modelOf, targetIdOf } from '../history/record-key';
import {
  type AuditRequest,
  type AuditRequestsOptions,
  listRequests,
  readRequest,
  resolveRequestsOptions,
} from '../history/request-changes';
import type { AuditServiceOptions, ResolvedAuditServiceOptions } from '../options/audit-service.options';
import { auditTableOf, resolveAuditServiceOptions } from '../options/audit-service-options.schema';
import { PruneDatabase } from '../prune/prune.database';
import { type AuditPruneOptions, type AuditPruneResult, resolvePruneOptions } from '../prune/prune.options';
import { PruneRun } from '../prune/prune.run';
import type { AuditEntry } from '../query/audit-entry';
import { findEntry, listEntries } from '../query/entry.list';
import { scanEntries } from '../query/entry.scan';
import { FieldNames } from '../query/field-names';
import { type AuditLag, readLag } from '../query/lag';
import { isUuid } from '../query/list.cursor';
import { type AuditQueryOptions, type AuditQueryResult, resolveQueryOptions } from '../query/query.options';
import type { AuditReadScope } from '../query/read-scope';
import { type AuditSources, readerOf } from '../query/reader-of';
import { type AuditScanOptions, type AuditScanPage, resolveScanOptions } from '../query/scan.options';
import { revertRequest } from '../revert/revert-request';
import type { AuditRevertOptions, AuditRevertResult } from '../revert/revert.options';
import { RevertTables } from '../revert/revert.table';
import { databaseOf } from './audit-database';
import { type ManualAuditLogInput, manualEntry } from './manual-entry';

/** Writes entries of the application's own, and reads all: as a tenant, or as an auditor. */
export class AuditService {
  readonly #sources: AuditSources;
  readonly #names: FieldNames;

  /**
   * @param client - a Prisma client of the application, extended or not
   * @param options - resolved options
   * @throws PrismaInternalsError when the client, or that of the auditors, is none
   */
  constructor(client: object, options: ResolvedAuditServiceOptions) {
    const { auditorPrisma } = options;
    this.#sources = {
      own: databaseOf(client, options),
      auditor: auditorPrisma === undefined ? undefined : databaseOf(auditorPrisma, options),
      options,
    };
    this.#names = new FieldNames(ModelMetadata.of(client));
  }

  /**
   * Makes a service where there is no Nest: in scripts, and in tests.
   *
   * @param client - a Prisma client of the application, extended or not
   * @param options - see {@link AuditServiceOptions}
   * @throws InvalidOptionsError naming the path of every refused option
   */
  static of(client: object, options: AuditServiceOptions = {}): AuditService {
    return new AuditService(client, resolveAuditServiceOptions(options));
  }

  /**
   * Writes an entry of the application's own: in the transaction that runs here, so that it is there if, and only if, what else
   * was done is. Tenant, actor, request and reason are those of the context.
   *
   * @param input - the entry
   * @param tx - client of the transaction that it is to be part of. Defaults to the ambient one, or the one of the
   *   `$transaction(callback)` whose callback is running
   * @returns its id
   * @throws InvalidOptionsError for an entry that is none
   * @throws TenantContextMissingError without a tenant, unless `tenantRequired` is false
   */
  async log(input: ManualAuditLogInput, tx?: object): Promise<string> {
    const { own, options } = this.#sources;
    const statement = manualEntry(auditTableOf(options), input, options);
    if (options.tenantRequired && currentContext()?.tenantId === undefined) throw new TenantContextMissingError();
    return own.answer<string>(statement, tx);
  }

  /**
   * Reads a page of entries, newest first.
   *
   * @param options - which, see {@link AuditQueryOptions}. Defaults to the newest 50 of the tenant of the context
   * @throws InvalidOptionsError naming the path of every refused option
   * @throws AuditCursorInvalidError for a cursor that is none
   * @throws TenantContextMissingError when nobody says whose entries
   * @throws AuditTenantMismatchError for another tenant than that of the context
   * @throws AuditorRequiredError for all tenants, without an auditor
   */
  async query(options: AuditQueryOptions = {}): Promise<AuditQueryResult> {
    const resolved = resolveQueryOptions(QUERY, options);
    return listEntries(readerOf(QUERY, this.#sources, resolved), resolved, this.#names);
  }

  /**
   * Finds an entry.
   *
   * @param id - its id
   * @param scope - whose it is. Defaults to the tenant of the context
   * @returns `null` where there is none that may be read, and for an id that is none
   * @throws TenantContextMissingError, AuditTenantMismatchError, AuditorRequiredError as {@link query}
   */
  async getById(id: string, scope: AuditReadScope = {}): Promise<AuditEntry | null> {
    const reader = readerOf('AuditService.getById()', this.#sources, scope);
    return isUuid(id) ? findEntry(reader, id, this.#names) : null;
  }

  /**
   * Reads entries page by page in their order, oldest first, each exactly once however long its transaction took: up to the
   * oldest transaction that is still running. Go on from `checkpoint` later.
   *
   * @param options - which, see {@link AuditScanOptions}
   * @throws InvalidOptionsError naming the path of every refused option
   * @throws AuditCursorInvalidError for a checkpoint that is none
   * @throws AuditTenantMismatchError, AuditorRequiredError as {@link query}
   */
  scan(options: AuditScanOptions): AsyncIterable<AuditScanPage> {
    const resolved = resolveScanOptions(SCAN, options);
    return scanEntries(readerOf(SCAN, this.#sources, resolved), resolved, this.#names);
  }

  /**
   * Streams entries as CSV, in the order of {@link scan}. A page is read when the reader has taken the one before.
   *
   * @param options - which entries, and how
   * @throws InvalidOptionsError naming the path of every refused option; errors of the reading destroy the stream
   */
  exportCsv(options: AuditCsvOptions): Readable {
    const resolved = resolveScanOptions(EXPORT, scanOfExport(EXPORT, options));
    const pages = scanEntries(readerOf(EXPORT, this.#sources, resolved), resolved, this.#names);
    return csvStream(pages, options.includeBom === true);
  }

  /**
   * Reads what became of a row, newest first, also from before its key was changed.
   *
   * @param model - its model
   * @param key - its primary key; by field where it has several
   * @param options - see {@link AuditHistoryOptions}. Defaults to the newest 100 entries
   * @throws InvalidOptionsError for a model, a key or options that are none
   * @throws TenantContextMissingError, AuditTenantMismatchError, AuditorRequiredError as {@link query}
   */
  async history(model: string, key: AuditRecordKey, options: AuditHistoryOptions = {}): Promise<AuditEntry[]> {
    const { limit, ...scope } = resolveHistoryOptions(HISTORY, options);
    const targetId = targetIdOf(HISTORY, modelOf(HISTORY, this.#names.metadata, model), key);
    return readHistory(readerOf(HISTORY, this.#sources, scope), { model, targetId, limit }, this.#names);
  }

  /**
   * Reads the rows of a model as they were, as far as they were changed since they are audited. What a transaction had written by
   * then counts if it was committed later.
   *
   * @param model - the model
   * @param time - when
   * @param options - which rows, see {@link AuditAsOfOptions}. Defaults to all, a thousand at a time
   * @throws InvalidOptionsError for a model or options that are none
   * @throws TenantContextMissingError, AuditTenantMismatchError, AuditorRequiredError as {@link query}
   */
  async asOf(model: string, time: Date, options: AuditAsOfOptions = {}): Promise<AuditSnapshot> {
    const { keys, limit, cursor, ...rest } = resolveAsOfOptions(AS_OF, time, options);
    const info = modelOf(AS_OF, this.#names.metadata, model);
    const targets = keys?.map((key) => targetIdOf(AS_OF, info, key));
    if (targets?.length === 0) return { rows: [], nextCursor: null, isComplete: true };
    const request = { model, time: rest.time, targets, limit, cursor };
    return readAsOf(readerOf(AS_OF, this.#sources, rest), request, this.#names);
  }

  /**
   * Lists requests with what they changed, newest first.
   *
   * @param options - which, see {@link AuditRequestsOptions}. Defaults to the newest 50
   * @throws InvalidOptionsError naming the path of every refused option
   * @throws TenantContextMissingError, AuditTenantMismatchError, AuditorRequiredError as {@link query}
   */
  async requests(options: AuditRequestsOptions = {}): Promise<AuditRequest[]> {
    const resolved = resolveRequestsOptions(REQUESTS, options);
    return listRequests(readerOf(REQUESTS, this.#sources, resolved), resolved);
  }

  /**
   * Reads all entries of a request, in the order of what was done.
   *
   * @param requestId - the request
   * @param scope - whose entries. Defaults to the tenant of the context
   * @throws TenantContextMissingError, AuditTenantMismatchError, AuditorRequiredError as {@link query}
   */
  async changesOfRequest(requestId: string, scope: AuditReadScope = {}): Promise<AuditEntry[]> {
    return readRequest(readerOf('AuditService.changesOfRequest()', this.#sources, scope), requestId, this.#names);
  }

  /**
   * Undoes what a request changed for the tenant of the context: the last change first, in one transaction, which is the one that
   * runs here where there is one. All of it, or nothing: a row that is not any more what the request left, or whose values are
   * not recorded, is a conflict. What is done is recorded like any other change, and as `Request.reverted`.
   *
   * @param requestId - the request
   * @param options - see {@link AuditRevertOptions}
   * @throws AuditRevertConflictError naming the rows that stand in the way
   * @throws AuditRequestNotFoundError when nothing of it is recorded
   * @throws TenantContextMissingError without a tenant
   */
  revert(requestId: string, options: AuditRevertOptions = {}): Promise<AuditRevertResult> {
    return revertRequest(this.#sources, () => this.#tables(), { requestId, options });
  }

  #tables(): RevertTables {
    return new RevertTables(this.#names.metadata, this.#sources.options.schema);
  }

  /**
   * Removes old entries: drops or detaches partitions whose month is over, or deletes batch by batch where there are none. Each
   * step is committed by itself, and recorded. The role of the application may not do so: pass a client of one that may.
   *
   * @param options - see {@link AuditPruneOptions}
   * @throws InvalidOptionsError naming the path of every refused option
   * @throws AuditPruneForbiddenError when the role of the client may not
   * @throws AuditCheckpointBehindError when somebody has not read yet what is to be removed
   */
  async prune(options: AuditPruneOptions): Promise<AuditPruneResult> {
    const resolved = resolvePruneOptions(options);
    const { own, options: settled } = this.#sources;
    const database = new PruneDatabase(resolved.client ?? own.client, settled.settings);
    return new PruneRun(database, auditTableOf(settled), resolved).run();
  }

  /** Measures how far {@link scan} is behind: a transaction that writes for long holds it up. */
  lag(): Promise<AuditLag> {
    return runWithContext(createContext({ mode: 'bypass' }), async () => readLag(this.#sources.own));
  }
}

const QUERY = 'AuditService.query()';
const SCAN = 'AuditService.scan()';
const EXPORT = 'AuditService.exportCsv()';
const HISTORY = 'AuditService.history()';
const AS_OF = 'AuditService.asOf()';
const REQUESTS = 'AuditService.requests()';
