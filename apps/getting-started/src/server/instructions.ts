import type { Database } from './database';

/**
 * Tells what can be tried, with the port the application listens on: step 6 of Getting Started, deleting a user, and what is on record.
 *
 * @param port - that port
 * @param database - the database it runs on
 */
export function instructions(port: number, database: Database): string {
  const users = `http://localhost:${port}/users`;
  const psql = database.isEmbedded ? `\n# Look at the database as the application does\npsql "${database.url}"\n` : '';
  return `
Listening on http://localhost:${port}. Ctrl-C stops the application${database.isEmbedded ? ' and its database' : ''}.

# Create a user as tenant-a
curl -X POST ${users} -H "X-Tenant-Id: tenant-a" -H "Content-Type: application/json" -d '{"name": "Alice"}'

# Create a user as tenant-b
curl -X POST ${users} -H "X-Tenant-Id: tenant-b" -H "Content-Type: application/json" -d '{"name": "Bob"}'

# Query as tenant-a — only sees Alice
curl ${users} -H "X-Tenant-Id: tenant-a"

# Query as tenant-b — only sees Bob
curl ${users} -H "X-Tenant-Id: tenant-b"

# Delete Alice
curl -X DELETE ${users}/1 -H "X-Tenant-Id: tenant-a"

# Query as tenant-a — she is gone
curl ${users} -H "X-Tenant-Id: tenant-a"

# Bring her back
curl -X POST ${users}/1/restore -H "X-Tenant-Id: tenant-a"

# What has happened to Alice, the latest first
curl ${users}/1/history -H "X-Tenant-Id: tenant-a"
${psql}`;
}
