-- The row takes its tenant from the request, so that no create() has to name it: nested writes and raw SQL included.
ALTER TABLE users ALTER COLUMN tenant_id SET DEFAULT NULLIF(current_setting('app.current_tenant', true), '');

-- Without a tenant the setting of a used connection is '', which the policy would take for the name of one.
ALTER TABLE users ADD CONSTRAINT users_tenant_id_not_empty CHECK (tenant_id <> '');
