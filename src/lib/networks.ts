// Which addresses are somewhere inside: for what must not be asked to knock there.
import { BlockList, isIP, isIPv4 } from "node:net";

/** https://www.iana.org/assignments/iana-ipv4-special-registry and its sister for IPv6. */
const inside = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
  "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
  "::/128", "::1/128", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "ff00::/8",
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

/** Whether an address is inside and in none of the `allowed` networks. An IPv4 address in IPv6 clothes is what it is. */
export function isForbidden(address: string, allowed: readonly string[]): boolean {
  const bare = address.replace(/^\[|\]$/gu, "").replace(/^::ffff:(?=\d+\.)/iu, "");
  const family = isIPv4(bare) ? "ipv4" : "ipv6";
  return insideList.check(bare, family) && !listOf(allowed).check(bare, family);
}
