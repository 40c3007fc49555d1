/**
 * The SQLSTATE codes this package tells apart.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export const SqlState = Object.freeze({
  activeSqlTransaction: '25001',
  invalidTransactionTermination: '2D000',
  invalidStatementName: '26000',
  duplicatePreparedStatement: '42P05',
  insufficientPrivilege: '42501',
  syntaxError: '42601',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  adminShutdown: '57P01',
  crashShutdown: '57P02',
  cannotConnectNow: '57P03',
  tooManyConnections: '53300',
} as const);
