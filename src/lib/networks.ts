// Which addresses are somewhere inside, and a look-up that leads to none that may not be reached.
import { lookup as resolve } from "node:dns";
import { BlockList, isIP, isIPv4, type LookupFunction } from "node:net";

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6. */
const inside = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
  "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
  "::/128", "::1/128", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "ff00::/8",
]; // prettier-ignore

/**
 * Where clouds tell a machine its secrets, and what is nobody's address. Link-local; EC2 over IPv6; Alibaba, Azure and
 * Oracle have others; the first one through NAT64 (https://www.rfc-editor.org/rfc/rfc6052) is still the first one.
 */
const secretive = [
  "169.254.0.0/16", "fe80::/10", "64:ff9b::a9fe:0/112", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
  "224.0.0.0/4", "240.0.0.0/4", "ff00::/8",
]; // prettier-ignore

const form = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/u;

/** `10.0.0.0/8`, `fd00::/8`, or one address. */
export function isNetwork(text: string): boolean {
  const [, address = text, bits] = form.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128));
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = network, bits] = form.exec(network) ?? [];
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const insideList = listOf(inside);
const secretiveList = listOf(secretive);

/** An IPv4 address in IPv6 clothes is what it is. */
function isIn(list: BlockList, address: string): boolean {
  const bare = address.replace(/^\[|\]$/gu, "").replace(/%.*$/u, "").replace(/^::ffff:(?=\d+\.)/iu, ""); // prettier-ignore
  return list.check(bare, isIPv4(bare) ? "ipv4" : "ipv6");
}

/** Whether an address may be reached. */
export type Reach = (address: string) => boolean;

/**
 * What the operator lets be reached: all but the secretive addresses (`true`), only what is outside (`false`), or that
 * and the networks named.
 */
export function reachOf(allowed: boolean | readonly string[]): Reach {
  if (allowed === true) return (address) => !isIn(secretiveList, address);
  const named = listOf(allowed === false ? [] : allowed);
  return (address) => isIn(named, address) || !(isIn(insideList, address) || isIn(secretiveList, address));
}

/** The address behind a name is one that may not be reached. */
export const forbiddenCode = "ERR_TOCSIN_FORBIDDEN";
export const forbiddenWords = "the address is inside, where this may not reach";

/** The address is looked at when it is known, so that a name cannot change its mind in between. */
export function guardedLookup(reach: Reach): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      const barred = found?.find(({ address }) => !reach(address));
      const wrong = error ?? (barred === undefined ? null : forbidden(barred.address));
      const [first] = found ?? [];
      if (wrong !== null || first === undefined) return done(wrong ?? new Error("no address"), []);
      if (options.all === true) return done(null, found);
      return done(null, first.address, first.family);
    });
  };
}

function forbidden(address: string): NodeJS.ErrnoException {
  return Object.assign(new Error(forbiddenWords), { code: forbiddenCode, address });
}
