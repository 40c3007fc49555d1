export { jwtProof } from './jwt-proof';
export type { JwksOptions, JwtProofOptions } from './jwt-proof.options';
export type { JwtAlgorithm, SymmetricJwtAlgorithm } from './jwt-algorithm';
export type { JwtHeader, JwtKey, JwtKeyResolver } from './jwt-key';
export { JoseMissingError } from './jose.library';
