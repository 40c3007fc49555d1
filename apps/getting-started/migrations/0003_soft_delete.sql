-- column users.deleted_at
ALTER TABLE "public"."users" ADD COLUMN IF NOT EXISTS "deleted_at" timestamp(3);

-- column users.deleted_by
ALTER TABLE "public"."users" ADD COLUMN IF NOT EXISTS "deleted_by" text;

-- column users.deletion_id
ALTER TABLE "public"."users" ADD COLUMN IF NOT EXISTS "deletion_id" uuid;

-- index of deleted rows of users by deleted_at
CREATE INDEX IF NOT EXISTS "users_deleted_at_deleted_idx" ON "public"."users" ("deleted_at") WHERE "deleted_at" IS NOT NULL;

-- index of deleted rows of users by deletion_id
CREATE INDEX IF NOT EXISTS "users_deletion_id_deleted_idx" ON "public"."users" ("deletion_id") WHERE "deletion_id" IS NOT NULL;

