// Makes the tests of a file run on PostgreSQL 14: `createTestDatabase` reads the first of the two.
process.env['NESTARC_TEST_ADMIN_URL'] = process.env['NESTARC_TEST_ADMIN_URL_14'] ?? '';
