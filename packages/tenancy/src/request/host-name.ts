import { isIP, isIPv6 } from 'node:net';

/** RFC 1123: letters, digits and hyphens, no hyphen at either end. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_LENGTH = 253;

const NOT_PRINTABLE = /[^\x21-\x7e]/;
const BRACKETED = /^\[([^\]]*)\](?::\d*)?$/;
const WITH_PORT = /^([^:]*)(?::\d*)?$/;

/**
 * Brings a host into the one form in which hosts are compared: lower case, without port, brackets and the dot that ends a
 * fully qualified name.
 *
 * @param text - host as it was sent, such as `ACME.app.com.:8443`
 * @returns the name or IP address, or `undefined` when it is neither
 */
export function canonicalHost(text: string): string | undefined {
  // Before the folding: the Kelvin sign, for one, becomes an ASCII "k" in lower case.
  if (NOT_PRINTABLE.test(text)) return undefined;
  const bracketed = BRACKETED.exec(text)?.[1];
  if (bracketed !== undefined) return isAddress(bracketed) ? bracketed.toLowerCase() : undefined;
  if (isAddress(text)) return text.toLowerCase();
  const host = WITH_PORT.exec(text)?.[1]?.replace(/\.$/, '').toLowerCase();
  return host !== undefined && host.length <= MAX_LENGTH && host.split('.').every(isLabel) ? host : undefined;
}

/** Node takes anything for the zone behind a "%": "::1%x.app.example.com" would be an address below a base domain. */
function isAddress(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

/**
 * Tells whether a text is one label of a host name, in lower case.
 *
 * @param text - such as `acme`
 */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/**
 * Tells whether a text is the name of a host, in any case: no port, no scheme, no address.
 *
 * @param text - such as `app.example.com`
 */
export function isHostName(text: string): boolean {
  return canonicalHost(text) === text.toLowerCase() && isIP(text) === 0;
}
