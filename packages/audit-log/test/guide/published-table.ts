/** How the audit table of version 0.4 is made. */
export interface PublishedTable {
  /** One partition a month. Defaults to false. */
  readonly partitioned?: boolean;
  /** What keeps entries as they are. Defaults to triggers. */
  readonly enforcement?: 'rule' | 'trigger';
}

const COLUMNS = `id uuid NOT NULL DEFAULT gen_random_uuid(), tenant_id text, actor_id text, actor_type text NOT NULL DEFAULT 'user',
  actor_ip text, action text NOT NULL, target_type text, target_id text, source text NOT NULL DEFAULT 'auto', changes jsonb,
  metadata jsonb, result text NOT NULL DEFAULT 'success', created_at timestamptz NOT NULL DEFAULT now()`;

const PARTITIONS = [0, 1]
  .map(
    (n) => `EXECUTE format('CREATE TABLE %I PARTITION OF audit_logs FOR VALUES FROM (%L) TO (%L)',
      'audit_logs_' || to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '${String(n)} month', '"y"YYYY"m"MM'),
      to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '${String(n)} month', 'YYYY-MM-DD 00:00:00+00'),
      to_char(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '${String(n + 1)} month', 'YYYY-MM-DD 00:00:00+00'));`,
  )
  .join('\n');

const TRIGGERS = `
  CREATE FUNCTION audit_logs_block_mutation() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '% on audit_logs is not allowed', TG_OP USING ERRCODE = 'P0001';
  END $$;
  CREATE TRIGGER audit_logs_no_update_trg BEFORE UPDATE ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_block_mutation();
  CREATE TRIGGER audit_logs_no_delete_trg BEFORE DELETE ON audit_logs FOR EACH ROW EXECUTE FUNCTION audit_logs_block_mutation();`;

const RULES = `
  CREATE RULE audit_logs_no_update AS ON UPDATE TO audit_logs DO INSTEAD NOTHING;
  CREATE RULE audit_logs_no_delete AS ON DELETE TO audit_logs DO INSTEAD NOTHING;`;

/** The audit table as version 0.4 makes it, with what an application has recorded: the update was written ahead of the creation. */
export function publishedTable({ partitioned = false, enforcement = 'trigger' }: PublishedTable = {}): string {
  const entry = (action: string, changes: string, at: string): string =>
    `('a', 'u1', '${action}', 'User', '11111111-1111-4111-8111-111111111111', '${changes}', ${at})`;
  return `
  CREATE TABLE audit_logs (${COLUMNS}, PRIMARY KEY (id${partitioned ? ', created_at' : ''}))
    ${partitioned ? 'PARTITION BY RANGE (created_at)' : ''};
  ${partitioned ? `DO $$ BEGIN ${PARTITIONS} END $$; CREATE INDEX idx_audit_created_brin ON audit_logs USING brin (created_at);` : ''}
  CREATE INDEX idx_audit_tenant_created ON audit_logs (tenant_id, created_at DESC);
  CREATE INDEX idx_audit_actor_created ON audit_logs (actor_id, created_at DESC);
  CREATE INDEX idx_audit_target ON audit_logs (target_type, target_id);
  CREATE INDEX idx_audit_action ON audit_logs (action);
  ${enforcement === 'trigger' ? TRIGGERS : RULES}
  INSERT INTO audit_logs (tenant_id, actor_id, action, target_type, target_id, changes, created_at) VALUES
    ${entry('User.updated', '{"name": {"before": "Ann", "after": "Anne"}}', `now() - interval '1 second'`)},
    ${entry('User.created', '{"name": {"after": "Ann"}}', `now() - interval '2 seconds'`)};
  `;
}
