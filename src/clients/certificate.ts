// What a certificate says: until when it holds, for which names, and whether anybody we trust has signed it.
import type { PeerCertificate, TLSSocket } from "node:tls";
import { sayDuration } from "../lib/duration.ts";
import type { Instant } from "../lib/clock.ts";
import { count, oneLine } from "../lib/text.ts";
import { bareHost } from "./dial.ts";

export type Certificate = {
  /** Of those that were sent, the one that ends first. */
  readonly expiresAt: Instant;
  /** Why nobody should trust it, after the name of the other side; undefined when all is well. */
  readonly trouble?: string;
};

const day = 86_400_000;

/** `3 days`, and below two days `30 h 12 min`. */
export function sayDays(ms: number): string {
  return ms >= 2 * day ? count(Math.floor(ms / day), "day") : sayDuration(ms);
}

const chains: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "has a certificate that it signed itself",
  SELF_SIGNED_CERT_IN_CHAIN: "has a certificate from an authority that this machine does not trust",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "has a certificate whose authority is not known here, or does not send the ones between",
  UNABLE_TO_GET_ISSUER_CERT: "does not send the certificates between its own and its authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "has a certificate whose authority is not known here",
  CERT_REVOKED: "has a certificate that was revoked",
  CERT_NOT_YET_VALID: "has a certificate that does not hold yet",
}; // prettier-ignore

/** No chain is longer; and what is its own issuer goes round for ever. */
const longestChain = 10;

/** Those of the chain that were sent, but for a root, whose end nobody looks at. */
function sent(leaf: PeerCertificate): readonly PeerCertificate[] {
  const found = [leaf];
  while (found.length < longestChain) {
    const last = found.at(-1);
    const above: unknown = last !== undefined && "issuerCertificate" in last ? last.issuerCertificate : undefined;
    if (!isCertificate(above) || JSON.stringify(above.subject) === JSON.stringify(above.issuer)) break;
    found.push(above);
  }
  return found;
}

const isCertificate = (value: unknown): value is PeerCertificate =>
  typeof value === "object" && value !== null && "valid_to" in value && "fingerprint256" in value;

/** Looks at what the other side has shown. `name` is the one that it should be for. */
export function inspect(socket: TLSSocket, name: string, now: Instant): Certificate | undefined {
  const leaf = socket.getPeerCertificate(true);
  if (!isCertificate(leaf)) return undefined;
  const expiresAt = Math.min(...sent(leaf).map(({ valid_to }) => Date.parse(valid_to)));
  const trouble = whatIsWrong(socket, leaf, { name: bareHost(name), now, expiresAt });
  return { expiresAt, ...(trouble === undefined ? {} : { trouble }) };
}

type Asked = { readonly name: string; readonly now: Instant; readonly expiresAt: Instant };

function whatIsWrong(socket: TLSSocket, leaf: PeerCertificate, { name, now, expiresAt }: Asked): string | undefined {
  if (expiresAt <= now) return `has a certificate that expired ${sayDays(now - expiresAt)} ago`;
  const starts = Date.parse(leaf.valid_from);
  if (starts > now) return `has a certificate that holds only in ${sayDays(starts - now)}`;
  const { checkServerIdentity } = process.getBuiltinModule("node:tls");
  if (checkServerIdentity(name, leaf) !== undefined) {
    const names = leaf.subjectaltname?.replaceAll(/(DNS|IP Address):/gu, "") ?? "none";
    return `has a certificate for other names (${oneLine(names, 120)}), not for ${name}`;
  }
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  return chains[code] ?? `has a certificate that cannot be trusted (${oneLine(code, 80)})`;
}
