CREATE SEQUENCE IF NOT EXISTS "public"."audit_logs_seq_seq";
CREATE TABLE IF NOT EXISTS "public"."audit_logs" (
  "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  "tenant_id" text COLLATE "C",
  "actor_id" text,
  "actor_type" text NOT NULL DEFAULT 'user',
  "actor_ip" text,
  "action" text NOT NULL,
  "target_type" text COLLATE "C",
  "target_id" text COLLATE "C",
  "source" text NOT NULL DEFAULT 'auto',
  "changes" jsonb,
  "metadata" jsonb,
  "result" text NOT NULL DEFAULT 'success',
  "created_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
  "seq" bigint NOT NULL DEFAULT nextval('"public"."audit_logs_seq_seq"'::regclass) << 20,
  "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  "op" text,
  "record" jsonb,
  "old" jsonb,
  "new" jsonb,
  "request_id" text COLLATE "C",
  "correlation_id" text,
  "on_behalf_of" jsonb,
  "reason" text,
  "operation_id" text,
  "schema_version" int NOT NULL DEFAULT 1,
  PRIMARY KEY (xid, seq, created_at)
) PARTITION BY RANGE (created_at);
ALTER TABLE "public"."audit_logs"
  ADD COLUMN IF NOT EXISTS "id" uuid NOT NULL DEFAULT gen_random_uuid(),
  ADD COLUMN IF NOT EXISTS "tenant_id" text COLLATE "C",
  ADD COLUMN IF NOT EXISTS "actor_id" text,
  ADD COLUMN IF NOT EXISTS "actor_type" text NOT NULL DEFAULT 'user',
  ADD COLUMN IF NOT EXISTS "actor_ip" text,
  ADD COLUMN IF NOT EXISTS "action" text NOT NULL,
  ADD COLUMN IF NOT EXISTS "target_type" text COLLATE "C",
  ADD COLUMN IF NOT EXISTS "target_id" text COLLATE "C",
  ADD COLUMN IF NOT EXISTS "source" text NOT NULL DEFAULT 'auto',
  ADD COLUMN IF NOT EXISTS "changes" jsonb,
  ADD COLUMN IF NOT EXISTS "metadata" jsonb,
  ADD COLUMN IF NOT EXISTS "result" text NOT NULL DEFAULT 'success',
  ADD COLUMN IF NOT EXISTS "created_at" timestamptz NOT NULL DEFAULT clock_timestamp(),
  ADD COLUMN IF NOT EXISTS "seq" bigint NOT NULL DEFAULT nextval('"public"."audit_logs_seq_seq"'::regclass) << 20,
  ADD COLUMN IF NOT EXISTS "xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
  ADD COLUMN IF NOT EXISTS "op" text,
  ADD COLUMN IF NOT EXISTS "record" jsonb,
  ADD COLUMN IF NOT EXISTS "old" jsonb,
  ADD COLUMN IF NOT EXISTS "new" jsonb,
  ADD COLUMN IF NOT EXISTS "request_id" text COLLATE "C",
  ADD COLUMN IF NOT EXISTS "correlation_id" text,
  ADD COLUMN IF NOT EXISTS "on_behalf_of" jsonb,
  ADD COLUMN IF NOT EXISTS "reason" text,
  ADD COLUMN IF NOT EXISTS "operation_id" text,
  ADD COLUMN IF NOT EXISTS "schema_version" int NOT NULL DEFAULT 0;
ALTER TABLE "public"."audit_logs" ALTER COLUMN created_at SET DEFAULT clock_timestamp(),
  ALTER COLUMN schema_version SET DEFAULT 1;
DROP RULE IF EXISTS "audit_logs_no_update" ON "public"."audit_logs";
DROP RULE IF EXISTS "audit_logs_no_delete" ON "public"."audit_logs";
ALTER SEQUENCE "public"."audit_logs_seq_seq" OWNED BY "public"."audit_logs".seq;
DO $audit$
BEGIN
  IF (SELECT relkind FROM pg_catalog.pg_class WHERE oid = '"public"."audit_logs"'::pg_catalog.regclass) <> 'p' THEN
    RAISE EXCEPTION USING MESSAGE = 'public.audit_logs has no partitions: set the option "partitioned" to false, or choose another tableName';
  END IF;
END
$audit$;
CREATE INDEX IF NOT EXISTS "audit_logs_tenant_created_idx" ON "public"."audit_logs" (tenant_id, created_at);
CREATE INDEX IF NOT EXISTS "audit_logs_tenant_order_idx" ON "public"."audit_logs" (tenant_id, xid, seq);
CREATE INDEX IF NOT EXISTS "audit_logs_target_idx" ON "public"."audit_logs" (target_id, target_type);
CREATE INDEX IF NOT EXISTS "audit_logs_request_idx" ON "public"."audit_logs" (request_id) WHERE request_id IS NOT NULL;
DO $audit$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = '"public"."audit_logs"'::pg_catalog.regclass AND a.attname = 'xid') THEN
    CREATE INDEX "audit_logs_order_idx" ON "public"."audit_logs" (xid, seq);
  END IF;
END
$audit$;
CREATE OR REPLACE FUNCTION "public"."audit_logs_block_mutation"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $audit$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('nestarc_audit.pruning', true) = 'public.audit_logs' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'P0001', MESSAGE = TG_OP || ' on public.audit_logs is refused: its entries are never changed',
    HINT = 'Old entries are removed by AuditService.prune().';
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_block_mutation"() IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_order"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $audit$
BEGIN
  PERFORM set_config('nestarc_audit.o' || pg_trigger_depth() || '_' || TG_RELID || '_' || TG_OP, nextval('"public"."audit_logs_seq_seq"'::regclass)::text, true);
  RETURN NULL;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_order"() IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_log"(p_action text, p_target_type text, p_target_id text, p_metadata jsonb, p_result text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $audit$
#variable_conflict use_variable
DECLARE
  v_tenant text := NULLIF(current_setting('app.current_tenant', true), '');
  v_actor text := NULLIF(current_setting('app.actor_id', true), '');
  v_actor_type text := COALESCE(NULLIF(current_setting('app.actor_type', true), ''), 'system');
  v_request text := NULLIF(current_setting('app.request_id', true), '');
  v_operation text := NULLIF(current_setting('app.operation', true), '');
  v_operation_id text := NULLIF(current_setting('app.operation_id', true), '');
  v_given text := NULLIF(current_setting('app.audit_context', true), '');
  v_context jsonb;
  v_metadata jsonb;
  v_on_behalf jsonb;
  v_action text;
  v_ip text;
  v_correlation text;
  v_reason text;
  v_id_stem text := lpad(to_hex(pg_current_xact_id()::text::bigint), 12, '0') || '8000';
  v_seq bigint := nextval('"public"."audit_logs_seq_seq"'::regclass) << 20;
  v_id uuid := (v_id_stem || to_hex(v_seq | (-9223372036854775808)))::uuid;
BEGIN
  IF v_given IS NOT NULL THEN
    v_context := v_given::jsonb;
    v_metadata := NULLIF(v_context -> 'metadata', 'null');
    v_on_behalf := NULLIF(v_context -> 'onBehalfOf', 'null');
    v_action := v_context ->> 'action';
    v_ip := v_context ->> 'actorIp';
    v_correlation := v_context ->> 'correlationId';
    v_reason := v_context ->> 'reason';
  END IF;
  IF v_actor IS NULL THEN
    v_metadata := COALESCE(v_metadata, '{}') || jsonb_build_object('dbRole', session_user::text);
  END IF;
  INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id, source, metadata,
    result, request_id, correlation_id, on_behalf_of, reason, operation_id)
  VALUES (v_id, v_seq, v_tenant, v_actor, v_actor_type, v_ip, p_action, p_target_type, p_target_id, 'manual',
    CASE WHEN p_metadata IS NULL THEN v_metadata ELSE COALESCE(v_metadata, '{}') || p_metadata END,
    COALESCE(p_result, 'success'), v_request, v_correlation, v_on_behalf, v_reason, v_operation_id);
  RETURN v_id;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_log"(text, text, text, jsonb, text) IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_redact"(p_value jsonb, p_keys text[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $audit$
BEGIN
  RETURN CASE jsonb_typeof(p_value)
    WHEN 'object' THEN (
      SELECT COALESCE(jsonb_object_agg(e.key, CASE WHEN translate(lower(e.key), '_-', '') = ANY (p_keys)
        THEN '{"redacted": true}'::jsonb ELSE "public"."audit_logs_redact"(e.value, p_keys) END), '{}') FROM jsonb_each(p_value) e)
    WHEN 'array' THEN (
      SELECT COALESCE(jsonb_agg("public"."audit_logs_redact"(e.value, p_keys) ORDER BY e.ordinality), '[]')
        FROM jsonb_array_elements(p_value) WITH ORDINALITY e)
    ELSE p_value END;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_redact"(jsonb, text[]) IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_seal_partition"(part regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $audit$
DECLARE
  v_grantee text;
BEGIN
  FOR v_grantee IN
    SELECT DISTINCT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
      FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = part AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', part, v_grantee);
  END LOOP;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION %s()',
    'audit_logs_no_truncate_trg', part, '"public"."audit_logs_block_mutation"');
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_seal_partition"(regclass) IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_ensure_partitions"(ahead integer) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '5s'
AS $audit$
DECLARE
  v_parent text := '"public"."audit_logs"';
  v_default text := '"public"."audit_logs_default"';
  v_first date := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
  v_month date;
  v_from text;
  v_to text;
  v_name text;
  v_quoted text;
BEGIN
  IF ahead IS NULL OR ahead NOT BETWEEN 0 AND 120 THEN
    RAISE EXCEPTION 'ahead must be between 0 and 120' USING ERRCODE = '22023';
  END IF;
  -- Two runs at once would make the same partitions.
  PERFORM pg_advisory_xact_lock(hashtextextended(v_parent, 0));
  FOR v_month IN
    SELECT (v_first + make_interval(months => n))::date AS m FROM generate_series(0, ahead) n
    UNION
    SELECT date_trunc('month', created_at AT TIME ZONE 'UTC')::date FROM "public"."audit_logs_default"
    ORDER BY m
  LOOP
    v_name := 'audit_logs_y' || to_char(v_month, 'YYYY"m"MM');
    v_quoted := format('%I.%I', 'public', v_name);
    CONTINUE WHEN to_regclass(v_quoted) IS NOT NULL;
    v_from := v_month::text || ' 00:00:00+00';
    v_to := (v_month + interval '1 month')::date::text || ' 00:00:00+00';
    EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', v_parent);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', v_default);
    EXECUTE format('CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS, CONSTRAINT month CHECK (created_at >= %L AND created_at < %L))',
      v_quoted, v_parent, v_from, v_to);
    PERFORM set_config('nestarc_audit.pruning', 'public.audit_logs', true);
    EXECUTE format('WITH moved AS (DELETE FROM %s WHERE created_at >= %L AND created_at < %L RETURNING *) INSERT INTO %s SELECT * FROM moved',
      v_default, v_from, v_to, v_quoted);
    PERFORM set_config('nestarc_audit.pruning', '', true);
    EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', v_parent, v_quoted, v_from, v_to);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT month', v_quoted);
    PERFORM "public"."audit_logs_seal_partition"(v_quoted::regclass);
    RETURN NEXT v_name;
  END LOOP;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_ensure_partitions"(integer) IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_partition_state"(OUT months_ahead integer, OUT stray_entries bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $audit$
DECLARE
  v_first date := date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC');
BEGIN
  months_ahead := -1;
  WHILE to_regclass(format('%I.%I', 'public', 'audit_logs_y' || to_char(v_first + make_interval(months => months_ahead + 1), 'YYYY"m"MM'))) IS NOT NULL LOOP
    months_ahead := months_ahead + 1;
  END LOOP;
  SELECT count(*) FROM "public"."audit_logs_default" INTO stray_entries;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_partition_state"() IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_prunable"(p_older_than timestamptz, OUT part text, OUT is_whole boolean) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $audit$
BEGIN
  RETURN QUERY SELECT p.name, true FROM (
    SELECT format('%I.%I', n.nspname, c.relname) AS name,
           substring(pg_get_expr(c.relpartbound, c.oid) FROM $re$ TO [(]'([^']+)'[)]$re$)::timestamptz AS upper
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE i.inhparent = '"public"."audit_logs"'::regclass) p
   WHERE p.upper <= p_older_than ORDER BY p.upper;
  IF EXISTS (SELECT FROM "public"."audit_logs_default" e WHERE e.created_at < p_older_than) THEN
    RETURN QUERY SELECT '"public"."audit_logs_default"', false;
  END IF;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_prunable"(timestamptz) IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_prune"(p_part text, p_older_than timestamptz, p_detach boolean, p_limit integer, p_checkpoints jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
AS $audit$
DECLARE
  v_whole boolean := (SELECT f.is_whole FROM "public"."audit_logs_prunable"(p_older_than) f WHERE f.part = p_part);
  v_condition text := CASE WHEN v_whole THEN 'true' ELSE format('e.created_at < %L', p_older_than) END;
  v_count bigint;
  v_behind boolean;
BEGIN
  IF v_whole IS NULL THEN RETURN 0; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('"public"."audit_logs"', 1));
  EXECUTE format('SELECT EXISTS (SELECT FROM jsonb_array_elements(COALESCE($1, ''[]'')) c
      WHERE EXISTS (SELECT FROM %s e WHERE (e.xid, e.seq) > ((c->>0)::xid8, (c->>1)::bigint) AND %s))', p_part, v_condition)
    INTO v_behind USING p_checkpoints;
  IF v_behind THEN RETURN -1; END IF;
  IF p_limit <= 0 THEN
    EXECUTE format('SELECT count(*) FROM %s e WHERE %s', p_part, v_condition) INTO v_count;
    RETURN v_count;
  END IF;
  IF v_whole THEN
    EXECUTE format('SELECT count(*) FROM %s', p_part) INTO v_count;
    LOCK TABLE "public"."audit_logs" IN ACCESS EXCLUSIVE MODE;
    IF p_detach THEN
      EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', '"public"."audit_logs"', p_part);
      EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
        'audit_logs_no_update_trg', p_part, '"public"."audit_logs_block_mutation"');
      EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s()',
        'audit_logs_no_delete_trg', p_part, '"public"."audit_logs_block_mutation"');
    ELSE
      EXECUTE format('DROP TABLE %s', p_part);
    END IF;
  ELSE
    PERFORM set_config('nestarc_audit.pruning', 'public.audit_logs', true);
    EXECUTE format('DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT e.ctid FROM %s e WHERE %s ORDER BY e.xid, e.seq LIMIT $1))',
      p_part, p_part, v_condition) USING p_limit;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    PERFORM set_config('nestarc_audit.pruning', '', true);
  END IF;
  IF v_count > 0 OR v_whole THEN
    PERFORM "public"."audit_logs_log"('Audit.pruned', 'AuditPartition', p_part, jsonb_build_object('entries', v_count,
      'olderThan', p_older_than, 'mode', CASE WHEN v_whole AND p_detach THEN 'detach' ELSE 'drop' END), NULL);
  END IF;
  RETURN v_count;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_prune"(text, timestamptz, boolean, integer, jsonb) IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_truncations"(p_target_type text, OUT emptied_at timestamptz, OUT in_request text) RETURNS SETOF record
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $audit$
BEGIN
  RETURN QUERY SELECT e.created_at, e.request_id FROM "public"."audit_logs" e
    WHERE e.target_id IS NULL AND e.target_type = p_target_type AND e.op = 'truncate';
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_truncations"(text) IS 'nestarc audit: public.audit_logs';
CREATE OR REPLACE FUNCTION "public"."audit_logs_capture_users"() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY' SET intervalstyle = 'iso_8601' SET extra_float_digits = '1' SET bytea_output = 'hex'
AS $audit$
#variable_conflict use_variable
DECLARE
  v_tenant text := NULLIF(current_setting('app.current_tenant', true), '');
  v_actor text := NULLIF(current_setting('app.actor_id', true), '');
  v_actor_type text := COALESCE(NULLIF(current_setting('app.actor_type', true), ''), 'system');
  v_request text := NULLIF(current_setting('app.request_id', true), '');
  v_operation text := NULLIF(current_setting('app.operation', true), '');
  v_operation_id text := NULLIF(current_setting('app.operation_id', true), '');
  v_given text := NULLIF(current_setting('app.audit_context', true), '');
  v_context jsonb;
  v_metadata jsonb;
  v_on_behalf jsonb;
  v_action text;
  v_ip text;
  v_correlation text;
  v_reason text;
  v_slot text := 'nestarc_audit.o' || pg_trigger_depth() || '_' || TG_RELID || '_' || TG_OP;
  v_id_stem text := lpad(to_hex(pg_current_xact_id()::text::bigint), 12, '0') || '8000';
  v_drawn bigint := NULLIF(current_setting(v_slot, true), '')::bigint;
  v_seq bigint := CASE WHEN v_drawn IS NULL OR v_drawn <= 0 OR v_drawn > currval('"public"."audit_logs_seq_seq"'::regclass)
    THEN nextval('"public"."audit_logs_seq_seq"'::regclass) ELSE v_drawn END << 20;
BEGIN
  PERFORM set_config(v_slot, '', true), set_config('nestarc_audit.o' || (pg_trigger_depth() + 1) || '_' || TG_RELID || '_' || TG_OP, '', true);
  IF v_given IS NOT NULL THEN
    v_context := v_given::jsonb;
    v_metadata := NULLIF(v_context -> 'metadata', 'null');
    v_on_behalf := NULLIF(v_context -> 'onBehalfOf', 'null');
    v_action := v_context ->> 'action';
    v_ip := v_context ->> 'actorIp';
    v_correlation := v_context ->> 'correlationId';
    v_reason := v_context ->> 'reason';
  END IF;
  IF v_actor IS NULL THEN
    v_metadata := COALESCE(v_metadata, '{}') || jsonb_build_object('dbRole', session_user::text);
  END IF;

  IF v_context -> 'suppressed' = 'true' AND TG_OP <> 'TRUNCATE' THEN
    IF TG_OP = 'INSERT' THEN
    INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT (v_id_stem || to_hex(e.seq | (-9223372036854775808)))::uuid, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, 'User', e.target_id,
      e.metadata, 'insert', e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT CASE WHEN 0 < 1048576 THEN v_seq + 0 ELSE nextval('"public"."audit_logs_seq_seq"'::regclass) << 20 END AS seq, v_tenant AS tenant, COALESCE(v_action, 'User.created') AS action, NULL::text AS target_id,
            COALESCE(v_metadata, '{}') || jsonb_build_object('suppressed', true, 'count', count(*)) AS metadata, NULL::jsonb AS record, NULL::jsonb AS old, NULL::jsonb AS new
      FROM "new_rows" HAVING count(*) > 0) e;
    ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT (v_id_stem || to_hex(e.seq | (-9223372036854775808)))::uuid, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, 'User', e.target_id,
      e.metadata, 'update', e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT CASE WHEN 0 < 1048576 THEN v_seq + 0 ELSE nextval('"public"."audit_logs_seq_seq"'::regclass) << 20 END AS seq, v_tenant AS tenant, COALESCE(v_action, 'User.updated') AS action, NULL::text AS target_id,
            COALESCE(v_metadata, '{}') || jsonb_build_object('suppressed', true, 'count', count(*)) AS metadata, NULL::jsonb AS record, NULL::jsonb AS old, NULL::jsonb AS new
      FROM "new_rows" HAVING count(*) > 0) e;
    ELSE
    INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT (v_id_stem || to_hex(e.seq | (-9223372036854775808)))::uuid, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, 'User', e.target_id,
      e.metadata, 'delete', e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT CASE WHEN 0 < 1048576 THEN v_seq + 0 ELSE nextval('"public"."audit_logs_seq_seq"'::regclass) << 20 END AS seq, v_tenant AS tenant, COALESCE(v_action, 'User.deleted') AS action, NULL::text AS target_id,
            COALESCE(v_metadata, '{}') || jsonb_build_object('suppressed', true, 'count', count(*)) AS metadata, NULL::jsonb AS record, NULL::jsonb AS old, NULL::jsonb AS new
      FROM "old_rows" HAVING count(*) > 0) e;
    END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT (v_id_stem || to_hex(e.seq | (-9223372036854775808)))::uuid, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, 'User', e.target_id,
      e.metadata, 'insert', e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT CASE WHEN (row_number() OVER () - 1) < 1048576 THEN v_seq + (row_number() OVER () - 1) ELSE nextval('"public"."audit_logs_seq_seq"'::regclass) << 20 END AS seq, COALESCE("t"."tenant_id"::text, v_tenant) AS tenant, COALESCE(v_action, 'User.created') AS action, "t"."id"::text AS target_id,
            CASE WHEN "t"."tenant_id"::text <> v_tenant THEN COALESCE(v_metadata, '{}') || jsonb_build_object('contextTenant', v_tenant) ELSE v_metadata END AS metadata, jsonb_build_object('id', "t"."id") AS record, NULL::jsonb AS old, to_jsonb(i.*) AS new
      FROM new_rows t CROSS JOIN LATERAL (SELECT t.*) i) e;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT (v_id_stem || to_hex(e.seq | (-9223372036854775808)))::uuid, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, 'User', e.target_id,
      e.metadata, 'update', e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT CASE WHEN (place - 1) < 1048576 THEN v_seq + (place - 1) ELSE nextval('"public"."audit_logs_seq_seq"'::regclass) << 20 END AS seq, COALESCE(n.tenant, v_tenant) AS tenant, COALESCE(v_action, CASE WHEN v_operation = 'softDelete' AND NOT o.is_deleted AND n.is_deleted THEN 'User.softDeleted'
        WHEN v_operation = 'restore' AND o.is_deleted AND NOT n.is_deleted THEN 'User.restored' ELSE 'User.updated' END) AS action, n.target_id AS target_id,
            CASE WHEN o.target_id <> n.target_id THEN COALESCE(m.metadata, '{}') || jsonb_build_object('previousTargetId', o.target_id) ELSE m.metadata END AS metadata, n.record AS record, o.image AS old, n.image AS new
      FROM (SELECT row_number() OVER () AS place, (t.*)::record AS whole, to_jsonb(i.*) AS image, "t"."id"::text AS target_id, "t"."deleted_at" IS NOT NULL AS is_deleted
            FROM old_rows t CROSS JOIN LATERAL (SELECT t.*) i) o
    FULL JOIN
         (SELECT row_number() OVER () AS place, (t.*)::record AS whole, to_jsonb(i.*) AS image, "t"."id"::text AS target_id, "t"."deleted_at" IS NOT NULL AS is_deleted, "t"."tenant_id"::text AS tenant, jsonb_build_object('id', "t"."id") AS record
            FROM new_rows t CROSS JOIN LATERAL (SELECT t.*) i) n USING (place)
    CROSS JOIN LATERAL (SELECT CASE WHEN n.tenant <> v_tenant THEN COALESCE(v_metadata, '{}') || jsonb_build_object('contextTenant', v_tenant) ELSE v_metadata END AS metadata) m
    WHERE (o.whole *<> n.whole) IS NOT FALSE) e;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT (v_id_stem || to_hex(e.seq | (-9223372036854775808)))::uuid, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, 'User', e.target_id,
      e.metadata, 'delete', e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT CASE WHEN (row_number() OVER () - 1) < 1048576 THEN v_seq + (row_number() OVER () - 1) ELSE nextval('"public"."audit_logs_seq_seq"'::regclass) << 20 END AS seq, COALESCE("t"."tenant_id"::text, v_tenant) AS tenant, COALESCE(v_action, CASE WHEN v_operation = 'purge' THEN 'User.purged' ELSE 'User.deleted' END) AS action, "t"."id"::text AS target_id,
            CASE WHEN "t"."tenant_id"::text <> v_tenant THEN COALESCE(v_metadata, '{}') || jsonb_build_object('contextTenant', v_tenant) ELSE v_metadata END AS metadata, jsonb_build_object('id', "t"."id") AS record, to_jsonb(i.*) AS old, NULL::jsonb AS new
      FROM old_rows t CROSS JOIN LATERAL (SELECT t.*) i) e;
  ELSE
    INSERT INTO "public"."audit_logs" (id, seq, tenant_id, actor_id, actor_type, actor_ip, action, target_type, target_id,
      metadata, op, record, old, new, request_id, correlation_id, on_behalf_of, reason, operation_id)
    SELECT (v_id_stem || to_hex(e.seq | (-9223372036854775808)))::uuid, e.seq, e.tenant, v_actor, v_actor_type, v_ip, e.action, 'User', e.target_id,
      e.metadata, 'truncate', e.record, e.old, e.new, v_request, v_correlation, v_on_behalf, v_reason, v_operation_id
    FROM (SELECT CASE WHEN 0 < 1048576 THEN v_seq + 0 ELSE nextval('"public"."audit_logs_seq_seq"'::regclass) << 20 END AS seq, NULL::text AS tenant, COALESCE(v_action, 'User.truncated') AS action, NULL::text AS target_id,
            v_metadata AS metadata, NULL::jsonb AS record, NULL::jsonb AS old, NULL::jsonb AS new
      ) e;
  END IF;
  RETURN NULL;
END
$audit$;
COMMENT ON FUNCTION "public"."audit_logs_capture_users"() IS 'nestarc audit: public.audit_logs, capture';
CREATE OR REPLACE TRIGGER "audit_logs_no_update_trg" BEFORE UPDATE ON "public"."audit_logs" FOR EACH ROW EXECUTE FUNCTION "public"."audit_logs_block_mutation"();
CREATE OR REPLACE TRIGGER "audit_logs_no_delete_trg" BEFORE DELETE ON "public"."audit_logs" FOR EACH ROW EXECUTE FUNCTION "public"."audit_logs_block_mutation"();
CREATE OR REPLACE TRIGGER "audit_logs_no_truncate_trg" BEFORE TRUNCATE ON "public"."audit_logs" FOR EACH STATEMENT EXECUTE FUNCTION "public"."audit_logs_block_mutation"();
CREATE TABLE IF NOT EXISTS "public"."audit_logs_default" PARTITION OF "public"."audit_logs" DEFAULT;
SELECT "public"."audit_logs_ensure_partitions"(3);
SELECT "public"."audit_logs_seal_partition"(inhrelid) FROM pg_catalog.pg_inherits WHERE inhparent = '"public"."audit_logs"'::regclass;
ALTER TABLE "public"."audit_logs" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."audit_logs" FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS "audit_logs_tenant" ON "public"."audit_logs";
CREATE POLICY "audit_logs_tenant" ON "public"."audit_logs" FOR SELECT USING (tenant_id = NULLIF(pg_catalog.current_setting('app.current_tenant', true), ''));
DROP POLICY IF EXISTS "audit_logs_auditors" ON "public"."audit_logs";
DROP POLICY IF EXISTS "audit_logs_owner" ON "public"."audit_logs";
DO $audit$
BEGIN
  EXECUTE (SELECT pg_catalog.format('CREATE POLICY %I ON %s TO %I USING (true) WITH CHECK (true)',
    'audit_logs_owner', '"public"."audit_logs"', pg_catalog.pg_get_userbyid(relowner))
    FROM pg_catalog.pg_class WHERE oid = '"public"."audit_logs"'::pg_catalog.regclass);
END
$audit$;
DO $audit$
DECLARE
  v_owner oid := (SELECT relowner FROM pg_catalog.pg_class WHERE oid = '"public"."audit_logs"'::pg_catalog.regclass);
  v_function record;
  v_grant record;
BEGIN
  FOR v_grant IN
    SELECT DISTINCT c.oid::pg_catalog.regclass AS object, c.relkind,
           CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END AS grantee,
           pg_catalog.bool_or(a.privilege_type = 'SELECT') OVER (PARTITION BY c.oid, a.grantee) AND c.relkind <> 'S' AS reads
      FROM pg_catalog.pg_class c CROSS JOIN pg_catalog.aclexplode(c.relacl) a
     WHERE c.oid IN ('"public"."audit_logs"'::pg_catalog.regclass, '"public"."audit_logs_seq_seq"'::pg_catalog.regclass) AND a.grantee <> v_owner
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON %s %s FROM %s', CASE v_grant.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, v_grant.object, v_grant.grantee);
    IF v_grant.reads THEN EXECUTE pg_catalog.format('GRANT SELECT ON TABLE %s TO %s', v_grant.object, v_grant.grantee); END IF;
  END LOOP;
  FOR v_function IN
    SELECT p.oid::pg_catalog.regprocedure AS signature, p.proname, p.proowner, p.proacl FROM pg_catalog.pg_proc p
     WHERE pg_catalog.obj_description(p.oid, 'pg_proc') IN ('nestarc audit: public.audit_logs', 'nestarc audit: public.audit_logs, capture')
  LOOP
    IF v_function.proowner <> v_owner THEN
      EXECUTE pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', v_function.signature, pg_catalog.pg_get_userbyid(v_owner));
    END IF;
    EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function.signature);
    FOR v_grant IN
      SELECT DISTINCT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) AS grantee
        FROM pg_catalog.aclexplode(v_function.proacl) a WHERE a.grantee NOT IN (0, v_owner)
    LOOP
      EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %s', v_function.signature, v_grant.grantee);
    END LOOP;
    IF v_function.proname IN ('audit_logs_log', 'audit_logs_ensure_partitions', 'audit_logs_partition_state', 'audit_logs_truncations') THEN
      FOR v_grant IN
        SELECT DISTINCT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) AS grantee
          FROM pg_catalog.pg_class c CROSS JOIN pg_catalog.aclexplode(c.relacl) a
         WHERE c.oid = '"public"."audit_logs"'::pg_catalog.regclass AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, v_owner)
      LOOP
        EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s', v_function.signature, v_grant.grantee);
      END LOOP;
    END IF;
  END LOOP;
END
$audit$;
CREATE OR REPLACE TRIGGER "!audit_logs_order" BEFORE INSERT OR UPDATE OR DELETE ON "public"."users" FOR EACH STATEMENT EXECUTE FUNCTION "public"."audit_logs_order"();
CREATE OR REPLACE TRIGGER "!audit_logs_insert" AFTER INSERT ON "public"."users" REFERENCING NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "public"."audit_logs_capture_users"();
CREATE OR REPLACE TRIGGER "!audit_logs_update" AFTER UPDATE ON "public"."users" REFERENCING OLD TABLE AS "old_rows" NEW TABLE AS "new_rows" FOR EACH STATEMENT EXECUTE FUNCTION "public"."audit_logs_capture_users"();
CREATE OR REPLACE TRIGGER "!audit_logs_delete" AFTER DELETE ON "public"."users" REFERENCING OLD TABLE AS "old_rows" FOR EACH STATEMENT EXECUTE FUNCTION "public"."audit_logs_capture_users"();
CREATE OR REPLACE TRIGGER "!audit_logs_truncate" AFTER TRUNCATE ON "public"."users" FOR EACH STATEMENT EXECUTE FUNCTION "public"."audit_logs_capture_users"();
DO $audit$
DECLARE
  v_found record;
BEGIN
  FOR v_found IN
    SELECT t.tgname, t.tgrelid::pg_catalog.regclass AS relation FROM pg_catalog.pg_trigger t
     WHERE pg_catalog.obj_description(t.tgfoid, 'pg_proc') IN ('nestarc audit: public.audit_logs, capture', 'nestarc audit: public.audit_logs')
       AND pg_catalog.left(t.tgname, 1) = '!'
       AND NOT (t.tgrelid = ANY (pg_catalog.array_remove(ARRAY[pg_catalog.to_regclass('"public"."users"')]::pg_catalog.oid[], NULL)))
  LOOP
    EXECUTE pg_catalog.format('DROP TRIGGER %I ON %s', v_found.tgname, v_found.relation);
  END LOOP;
  FOR v_found IN
    SELECT p.oid::pg_catalog.regprocedure AS signature FROM pg_catalog.pg_proc p
     WHERE pg_catalog.obj_description(p.oid, 'pg_proc') = 'nestarc audit: public.audit_logs, capture'
       AND p.proname <> ALL (ARRAY['audit_logs_capture_users']::text[])
  LOOP
    EXECUTE pg_catalog.format('DROP FUNCTION %s', v_found.signature);
  END LOOP;
END
$audit$;
